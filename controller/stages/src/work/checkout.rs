//! The repository, into the workspace.

use serde::Deserialize;

use super::finding::Finding;
use super::given;
use super::step::stays_inside;

/// Fetches one commit of a git repository. What is not given comes from the trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Checkout {
    /// An address that git takes: `https://`, `ssh://`, `git@host:path`, or a path. Default: the trigger's repository.
    #[serde(deserialize_with = "given")]
    pub repository: Option<String>,
    /// A branch, a tag or a commit. Default: the trigger's commit, else its branch, else the repository's default branch.
    #[serde(rename = "ref", deserialize_with = "given")]
    pub reference: Option<String>,
    /// Commits of history. Default: 1; 0 is all of it.
    pub depth: Option<u32>,
    /// Whether submodules are fetched too.
    pub submodules: bool,
    /// Where in the workspace. Default: the workspace itself.
    #[serde(deserialize_with = "given")]
    pub directory: Option<String>,
    /// Secret with `username` and `password` (or `token`) for HTTPS, or with `ssh-privatekey`, and `known_hosts`, for SSH: Kubernetes' own types have these keys.
    #[serde(deserialize_with = "given")]
    pub secret: Option<String>,
}

impl Checkout {
    pub(super) fn check(&self) -> Vec<Finding> {
        let options = [("repository", &self.repository), ("ref", &self.reference)];
        let options = options.into_iter().filter_map(|(field, text)| {
            let text = text.as_ref().filter(|text| text.starts_with('-'))?;
            Some(Finding::new(field, format!("{text:?} would be an option of git"), "begin it otherwise"))
        });
        let directory = self.directory.iter().filter_map(|path| stays_inside("directory", path));
        options.chain(directory).collect()
    }
}
