//! The triggers of a pipeline as its user writes them.
//!
//! Each has exactly one key that says what it listens to, as a stage has one that says what it does. Nothing here is checked beyond its form:
//! [`crate::validate()`] names every problem at once.

pub mod polled;
pub mod told;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use polled::{Cron, Git, Image, Jenkins, JenkinsResult};
pub use told::{After, Forge, Happening, RunStatus, Webhook};

/// One thing that starts the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Written")]
pub struct Trigger {
    /// Whether it starts anything. Default: true.
    pub enabled: bool,
    /// Values of the pipeline's parameters: texts with expressions over `trigger`, which another crate evaluates.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// What it listens to.
    #[serde(flatten)]
    pub source: Source,
}

/// What a trigger listens to; in a file its one key beside `enabled` and `parameters`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Web hooks of GitHub.
    #[serde(rename = "github")]
    GitHub(Forge),
    /// Web hooks of GitLab.
    #[serde(rename = "gitlab")]
    GitLab(Forge),
    /// Web hooks of Bitbucket, Cloud or Data Center.
    Bitbucket(Forge),
    /// Web hooks of Gitea or Forgejo.
    Gitea(Forge),
    /// Web hooks of anything else.
    Webhook(Webhook),
    /// A git remote that is asked.
    Git(Git),
    /// Times.
    Cron(Cron),
    /// Tags of an image in a registry that is asked.
    Image(Image),
    /// A Jenkins job that is asked.
    Jenkins(Jenkins),
    /// Runs of another pipeline.
    Pipeline(After),
}

impl Source {
    /// Its key in a file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::GitHub(_) => "github",
            Self::GitLab(_) => "gitlab",
            Self::Bitbucket(_) => "bitbucket",
            Self::Gitea(_) => "gitea",
            Self::Webhook(_) => "webhook",
            Self::Git(_) => "git",
            Self::Cron(_) => "cron",
            Self::Image(_) => "image",
            Self::Jenkins(_) => "jenkins",
            Self::Pipeline(_) => "pipeline",
        }
    }
}

/// The form in a file: what is not the trigger's own is collected, so that a slip in a key is told from what it listens to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

/// A trigger that listens to nothing, or to more than one thing.
#[derive(Debug, thiserror::Error)]
enum NotOneSource {
    #[error("a trigger listens to nothing: give it one of {KEYS}")]
    None,
    #[error(
        "a trigger has one key that says what it listens to, here are {0}: make it two triggers, or remove what is misspelt"
    )]
    Several(String),
    #[error("{at}: {source}")]
    Unreadable { at: String, source: serde_json::Error },
}

const KEYS: &str = "github, gitlab, bitbucket, gitea, webhook, git, cron, image, jenkins, pipeline";

impl TryFrom<Written> for Trigger {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { enabled, parameters, rest } = written;
        let source = read_source(rest).map_err(|error| error.to_string())?;
        Ok(Self { enabled, parameters, source })
    }
}

fn read_source(rest: BTreeMap<String, serde_json::Value>) -> Result<Source, NotOneSource> {
    match rest.len() {
        0 => Err(NotOneSource::None),
        1 => {
            let key: String = rest.keys().take(1).cloned().collect();
            let object = serde_json::Value::Object(rest.into_iter().collect());
            serde_path_to_error::deserialize(object).map_err(|error| {
                let path = error.path().to_string();
                // The root is the trigger as its user sees it: his key says more.
                let at = if path == "." { key } else { path };
                NotOneSource::Unreadable { at, source: error.into_inner() }
            })
        }
        _ => {
            let keys: Vec<String> = rest.keys().map(|key| format!("`{key}`")).collect();
            Err(NotOneSource::Several(keys.join(", ")))
        }
    }
}

pub(crate) const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
