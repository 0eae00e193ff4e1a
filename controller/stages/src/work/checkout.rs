//! The repository, into the workspace.

use serde::Deserialize;

/// Fetches one commit of a git repository. What is not given comes from the trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Checkout {
    /// An address that git takes: `https://`, `ssh://`, `git@host:path`, or a path. Default: the trigger's repository.
    pub repository: Option<String>,
    /// A branch, a tag or a commit. Default: the trigger's commit, else its branch, else the repository's default branch.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Commits of history. Default: 1; 0 is all of it.
    pub depth: Option<u32>,
    /// Whether submodules are fetched too.
    pub submodules: bool,
    /// Where in the workspace. Default: the workspace itself.
    pub directory: Option<String>,
    /// Secret with `username` and `password` (or `token`) for HTTPS, or with `ssh-privatekey`, and `known_hosts`, for SSH: Kubernetes' own types have these keys.
    pub secret: Option<String>,
}
