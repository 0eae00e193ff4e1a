//! One node of the graph.
//!
//! A stage without `needs` follows the one before it in the list, as in every other list that is called `stages` (Jenkins, GitLab, Azure
//! Pipelines); `needs: []` starts at once. The stages of Spinnaker and the jobs of GitHub Actions, Tekton and Argo's graphs start at once when they
//! name nothing; there a forgotten line starts production beside the tests, and here it costs time.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::closest;
use crate::span::Span;

/// A stage, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    try_from = "Written",
    bound(deserialize = "W: DeserializeOwned", serialize = "W: Serialize")
)]
pub struct Stage<W> {
    /// For people, and for `needs` and expressions; unique in its list.
    pub name: String,
    /// For keys and addresses: lower-case letters, digits and `-`. Default: made of the name, `Deploy homolog` is `deploy-homolog`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Names or ids of the stages that come before. Default: the one before it in the list; an empty list starts at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<String>>,
    /// An expression; where it is false the stage is skipped, and what follows goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What a failure means to the others.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// How long an attempt may take; of a stage with children: how long all of it may take. Default: what its work says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// How often it is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// Name of the pipeline's window in which it may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Whether it runs whatever became of the others: a clean-up. It does not mend anything: what follows it needs its needs as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
    /// Who is told of it, as it is written: the order of things does not depend on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<Value>,
    /// What it does.
    #[serde(flatten)]
    pub work: W,
}

/// What the failure of a stage means to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// Everything else is stopped, and the run has failed.
    #[default]
    Halt,
    /// What follows does not run. The run ends as `Stopped`, which is no success.
    HaltBranch,
    /// The same, and the run has failed once the other branches are through.
    HaltBranchThenFail,
    /// What follows runs. The run ends as `FailedContinue`, so that it can be seen.
    Ignore,
}

/// How often a stage is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retries {
    /// How often at most after the first time. Default: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How long it waits in between.
    #[serde(default)]
    pub backoff: Backoff,
    /// After which failures. Default: of the infrastructure.
    #[serde(default)]
    pub on: RetryOn,
}

/// The wait before the first retry; it doubles with each one. Half of it is drawn, by the run and the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backoff {
    /// Default: 10s.
    #[serde(default = "ten_seconds")]
    pub initial: Span,
    /// It never waits longer. Default: 5m.
    #[serde(default = "five_minutes")]
    pub max: Span,
}

/// After which failures a stage is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryOn {
    /// A pod that was lost, an API server that did not answer: nothing that the work could have done better.
    #[default]
    Infrastructure,
    /// Also a test that failed: for work that is known to fail at times, and harms nothing when it is repeated.
    Any,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { initial: ten_seconds(), max: five_minutes() }
    }
}

const fn ten_seconds() -> Span {
    Span::seconds(10)
}

const fn five_minutes() -> Span {
    Span::minutes(5)
}

/// The form in a file: everything that is not the engine's is collected, so that a slip in a key is told from the work.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    name: String,
    id: Option<String>,
    needs: Option<Vec<String>>,
    when: Option<When>,
    #[serde(default)]
    on_failure: OnFailure,
    timeout: Option<Span>,
    retries: Option<Retries>,
    window: Option<String>,
    #[serde(default)]
    always: bool,
    #[serde(default)]
    notifications: Vec<Value>,
    #[serde(flatten)]
    work: BTreeMap<String, Value>,
}

/// A condition that was computed already, by a template for example, is one as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum When {
    Known(bool),
    Expression(String),
}

/// The keys of a stage that are the engine's.
pub const FIELDS: [&str; 10] =
    ["name", "id", "needs", "when", "onFailure", "timeout", "retries", "window", "always", "notifications"];

/// A stage that does nothing, or more than one thing.
#[derive(Debug, thiserror::Error)]
enum NotOneWork {
    #[error("stage {0:?} does nothing: give it one key that says what, such as `step:` or `wait:`")]
    None(String),
    #[error("stage {stage:?} does more than one thing: {keys}; a stage has one, so make it two stages{hint}")]
    Several { stage: String, keys: String, hint: String },
    #[error("stage {stage:?}, {at}: {source}{hint}")]
    Unreadable { stage: String, at: String, source: serde_json::Error, hint: String },
}

impl<W: DeserializeOwned> TryFrom<Written> for Stage<W> {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            name,
            id,
            needs,
            when,
            on_failure,
            timeout,
            retries,
            window,
            always,
            notifications,
            work,
        } = written;
        let work = read_work(&name, work).map_err(|error| error.to_string())?;
        let when = when.map(|when| match when {
            When::Known(known) => known.to_string(),
            When::Expression(text) => text,
        });
        Ok(Self { name, id, needs, when, on_failure, timeout, retries, window, always, notifications, work })
    }
}

fn read_work<W: DeserializeOwned>(stage: &str, work: BTreeMap<String, Value>) -> Result<W, NotOneWork> {
    let stage = stage.to_owned();
    let hint = slip(work.keys());
    match work.len() {
        0 => Err(NotOneWork::None(stage)),
        1 => {
            let key: String = work.keys().take(1).cloned().collect();
            serde_path_to_error::deserialize(Value::Object(work.into_iter().collect())).map_err(|error| {
                let path = error.path().to_string();
                // The root is the stage as its user sees it: his key says more.
                let at = if path == "." { key } else { path };
                NotOneWork::Unreadable { stage, at, source: error.into_inner(), hint }
            })
        }
        _ => {
            let keys: Vec<String> = work.keys().map(|key| format!("`{key}`")).collect();
            Err(NotOneWork::Several { stage, keys: keys.join(", "), hint })
        }
    }
}

/// The first key that is nearly one of the engine's.
fn slip<'k>(keys: impl IntoIterator<Item = &'k String>) -> String {
    let slip = keys.into_iter().find_map(|key| Some((key, closest(key, FIELDS)?)));
    slip.map(|(key, field)| format!(" (is `{key}` meant to be `{field}`?)")).unwrap_or_default()
}
