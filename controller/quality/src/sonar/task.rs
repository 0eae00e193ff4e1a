//! `api/ce/task`: how far the computation of a gate is.

use serde::Deserialize;

use crate::error::{Error, Fault};
use crate::excerpt;
use crate::source::{Limits, Source};

/// A task of the compute engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// The project's key, where the server says it.
    pub project: Option<String>,
    /// How far it is.
    pub state: State,
    /// What the server warns of.
    pub warnings: Vec<String>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits: ask again.
    Pending,
    /// It runs: ask again.
    InProgress,
    /// It is done; the gate is asked for by this analysis.
    Success(String),
    /// It failed, with the server's reason: there is no result.
    Failed(String),
    /// Somebody gave it up: there is no result.
    Canceled,
}

#[derive(Deserialize)]
struct Answer {
    task: Written,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    id: String,
    status: String,
    #[serde(default)]
    component_key: Option<String>,
    #[serde(default)]
    analysis_id: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

/// Reads the answer.
///
/// # Errors
/// When it is none, says of nothing known how far it is, or is done without an analysis.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<Task, Error> {
    let Answer { task } = super::document(source, limits, "api/ce/task")?;
    let Written { id, status, component_key, analysis_id, error_message, warnings } = task;
    let state = match status.as_str() {
        "PENDING" => State::Pending,
        "IN_PROGRESS" => State::InProgress,
        "CANCELED" => State::Canceled,
        "FAILED" => {
            let message = error_message.as_deref().unwrap_or("the server says no reason");
            State::Failed(excerpt::line(message, limits.text_bytes))
        }
        "SUCCESS" => {
            let missing = || "the task is done and has no analysis: it is not the task of a scan".to_owned();
            let id = analysis_id.filter(|id| !id.is_empty());
            State::Success(id.ok_or_else(|| source.error(Fault::NoResult(missing())))?)
        }
        other => {
            let expected = "PENDING, IN_PROGRESS, SUCCESS, FAILED or CANCELED";
            let (field, found) = ("task.status".to_owned(), excerpt::quoted(other));
            return Err(source.error(Fault::Value { field, found, expected }));
        }
    };
    let warnings = warnings.iter().map(|warning| excerpt::line(warning, limits.text_bytes)).collect();
    Ok(Task { id, project: component_key, state, warnings })
}
