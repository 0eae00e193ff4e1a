//! Who is told of releases: part of `Canary.spec`, and what of it is done: part of its status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody who is told of releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseNotification {
    /// Name of a notifier, which is an entry of the file that the controller was started with (`--notifiers`). Addresses stand there and not here, so that whoever may write a
    /// Canary cannot have the controller send secrets to him.
    #[schemars(length(max = 253))]
    pub to: String,
    /// Of what. Default: all of it.
    #[serde(default = "ReleaseMoment::all")]
    #[schemars(length(min = 1, max = 4))]
    pub when: Vec<ReleaseMoment>,
    /// Words of the user's own besides what is said anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub message: Option<String>,
}

/// What somebody is told of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseMoment {
    /// It began.
    Started,
    /// It waits for somebody.
    Waiting,
    /// It was promoted.
    Succeeded,
    /// It was given up, by the judge or by somebody.
    Failed,
}

impl ReleaseMoment {
    /// All of them, as they follow each other.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::Started, Self::Waiting, Self::Succeeded, Self::Failed]
    }
}

/// A message that nobody has to send any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notified {
    /// What it was about, by which who gets it twice knows it again.
    pub id: String,
    /// The notifier.
    pub to: String,
    /// Why it was not told; absent: it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
}
