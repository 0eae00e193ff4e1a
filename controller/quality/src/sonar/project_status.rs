//! `api/qualitygates/project_status`: the gate. Read as SonarQube 6 to today writes it: with warnings up to 7.6, with periods up to 10.

use serde::Deserialize;

use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::gate::{ProjectResult, Verdict};
use crate::sonar::condition::{self, Answered};
use crate::source::{Limits, Source};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    project_status: Written,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    status: String,
    #[serde(default)]
    ignored_conditions: bool,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    status: String,
    metric_key: String,
    comparator: String,
    #[serde(default)]
    warning_threshold: Option<String>,
    #[serde(default)]
    error_threshold: Option<String>,
    #[serde(default)]
    actual_value: Option<String>,
}

/// Reads the answer about a project.
///
/// # Errors
/// When it is none, or has a status that is not known.
pub fn parse(source: Source<'_>, project: &str, limits: &Limits) -> Result<ProjectResult, Error> {
    let Answer { project_status } = super::document(source, limits, "api/qualitygates/project_status")?;
    let Written { status, ignored_conditions, conditions } = project_status;
    let unknown = |field: String, found: &str| {
        let expected = "one that SonarQube is known to have (OK, WARN, ERROR, NONE; GT, LT, EQ, NE)";
        source.error(Fault::Value { field, found: quoted(found), expected })
    };
    let verdict =
        condition::verdict(&status).ok_or_else(|| unknown("projectStatus.status".to_owned(), &status))?;
    let mut results = Vec::new();
    for (index, written) in conditions.into_iter().enumerate() {
        let Condition {
            status,
            metric_key: metric,
            comparator,
            warning_threshold,
            error_threshold,
            actual_value,
        } = written;
        let [error, warning, value] = [error_threshold, warning_threshold, actual_value].map(told);
        let answered = Answered { metric, status, comparator, value, error, warning };
        let field = format!("projectStatus.conditions[{index}]");
        results.push(answered.result().map_err(|found| unknown(field, &found))?);
    }
    let mut notes = Vec::new();
    if verdict == Verdict::None {
        notes.push("the project has no quality gate, or was never analysed: no result is no pass".to_owned());
    }
    if ignored_conditions {
        notes.push(
            "fewer than 20 lines are new, so conditions on coverage and duplication of new code were ignored"
                .to_owned(),
        );
    }
    Ok(condition::project(project, verdict, results, notes))
}

fn told(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
