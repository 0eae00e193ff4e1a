//! What calls us: web hooks, and runs of other pipelines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What happens in a repository of GitHub, GitLab, Bitbucket or Gitea.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Forge {
    /// As its address has it: `owner/name`, at GitLab with all groups, at Bitbucket Data Center `PROJECT/name`. Upper and lower case are alike.
    pub repository: String,
    /// What starts a run. Default: pushes.
    #[serde(default = "pushes")]
    pub events: Vec<Happening>,
    /// Branches that are pushed to, or into which a pull request asks to be merged: globs, `*` does not cross `/`, `**` does. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    /// Tags, as globs. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// One of the changed files has to match one of these globs; where the call does not say what changed, it counts as matching. Default: any file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Whether pull requests from forks start it. Their code is anybody's, and a run has secrets. Default: false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forks: bool,
    /// Name of the secret that signs the calls.
    pub secret: String,
}

/// What happened in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Happening {
    /// Commits on a branch.
    Push,
    /// A tag that is new, or was moved.
    Tag,
    /// A pull request (merge request) that was opened, or has new commits.
    PullRequest,
}

/// Calls of anything that can sign a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// The last part of the address that is called: letters, digits and `-`.
    pub source: String,
    /// Name of the secret that signs the calls.
    pub secret: String,
    /// What has to be in the body: JSONPath to a regular expression that a text, number or boolean there matches as a whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payload: BTreeMap<String, String>,
}

/// Runs of another pipeline that have ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    /// The other pipeline.
    pub name: String,
    /// How it has to end. Default: succeeded.
    #[serde(default = "succeeded")]
    pub statuses: Vec<RunStatus>,
}

/// How a run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunStatus {
    /// All is well.
    Succeeded,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

fn pushes() -> Vec<Happening> {
    vec![Happening::Push]
}

fn succeeded() -> Vec<RunStatus> {
    vec![RunStatus::Succeeded]
}
