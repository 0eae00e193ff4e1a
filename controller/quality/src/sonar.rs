//! SonarQube's side of a gate: what it writes, what it is asked, what it answers. Nothing here asks it.
//!
//! ```text
//! report_task      report-task.txt, which the scanner writes: the task
//! address          the two questions, as URLs
//! task             api/ce/task: whether the analysis is done, and its id
//! project_status   api/qualitygates/project_status: the gate
//! webhook          the same, sent by SonarQube when it is done
//! ```
//! <https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/analysis-parameters/report-task-file>. Asking by a project's key right after
//! a scan gives the result of the scan before: ask by the analysis.

pub mod address;
mod condition;
pub mod project_status;
pub mod report_task;
pub mod task;
pub mod webhook;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Fault};
use crate::excerpt;
use crate::source::{Limits, Source};

/// What SonarQube answers when it refuses: `{"errors": [{"msg": "..."}]}`.
#[derive(Deserialize)]
struct Refusals {
    errors: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    msg: String,
}

/// A document, or what the server says instead.
fn document<T: DeserializeOwned>(
    source: Source<'_>,
    limits: &Limits,
    expected: &'static str,
) -> Result<T, Error> {
    let text = source.text(limits, expected)?;
    serde_json::from_str(text).map_err(|error| {
        if let Ok(Refusals { errors }) = serde_json::from_str(text) {
            let all: Vec<String> = errors.iter().map(|Refusal { msg }| excerpt::line(msg, 500)).collect();
            return source.error(Fault::Refused(all.join("; ")));
        }
        let what = excerpt::line(&error.to_string(), 200);
        source.error_in_line(error.line().max(1), Fault::Json { expected, what })
    })
}
