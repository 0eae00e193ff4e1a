//! What happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that happened to a run, a stage of it, or a release. Kept as it was then, so that a message that is late tells nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// By which it is known again, unique for ever: letters, digits, `.` and `-`.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// To what.
    pub subject: Subject,
    /// Why, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Parts of it that failed: stages, metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Fact>,
    /// What started it.
    #[serde(default)]
    pub origin: Origin,
    /// When it began, so that it is known how long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Where more of it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Words of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// It began.
    Started,
    /// It waits for somebody.
    Waiting,
    /// It is done.
    Succeeded,
    /// It failed; also where the failure was ignored.
    Failed,
    /// It was stopped by somebody or by another failure.
    Canceled,
}

/// To what it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// A run of a pipeline, or a stage of it.
    Run(Run),
    /// A release.
    Release(Release),
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// The pipeline.
    pub pipeline: String,
    /// Its id: `PIPELINE-NUMBER`.
    pub run: String,
    /// The stage, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A release of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Namespace of its Canary.
    pub namespace: String,
    /// Name of its Canary.
    pub name: String,
    /// What is released, such as an image.
    pub version: String,
}

/// A part, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// For people.
    pub reason: String,
}

/// What started it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Origin {
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The repository, as its trigger names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Started, Self::Waiting, Self::Succeeded, Self::Failed, Self::Canceled];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}
