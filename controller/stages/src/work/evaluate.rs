//! What is only computed.

use serde::Deserialize;
use serde_json::Value;
use weir_pipeline::problem::did_you_mean;

use super::finding::Finding;

/// A value for later stages.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Variable {
    /// By which expressions name it.
    pub key: String,
    /// It; those before it in the list can be used.
    pub value: Value,
}

/// What must hold; else the stage fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Precondition {
    /// Said where it does not hold. Default: the expression.
    #[serde(default)]
    pub message: Option<String>,
    /// With or without `${` and `}`. A stage asks this, or for a stage's status.
    #[serde(default)]
    pub expression: Option<String>,
    /// Name or id of a stage, together with `status`.
    #[serde(default)]
    pub stage: Option<String>,
    /// What it has to be: `SUCCEEDED` or `Succeeded`.
    #[serde(default)]
    pub status: Option<String>,
}

/// Names that are the run's, whatever a stage hands on.
const TAKEN: [&str; 5] = ["trigger", "parameters", "artifacts", "execution", "templateVariables"];
/// What a stage can be once it is over, and before.
const STATUSES: [&str; 9] = [
    "SUCCEEDED",
    "FAILED_CONTINUE",
    "SKIPPED",
    "TERMINAL",
    "CANCELED",
    "STOPPED",
    "RUNNING",
    "PAUSED",
    "NOT_STARTED",
];

pub(super) fn check_variables(variables: &[Variable]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, Variable { key, value: _ }) in variables.iter().enumerate() {
        let mut refuse = |what: String, mend: &str| {
            found.push(Finding::new(format!("[{index}].key"), what, mend));
        };
        if let Some((what, mend)) = taken(key) {
            refuse(what, mend);
        } else if variables.iter().take(index).any(|other| other.key == *key) {
            refuse(format!("{key:?} is there already"), "name it otherwise");
        }
    }
    found
}

/// Why no stage may give a value this name, and what to do.
pub(super) fn taken(name: &str) -> Option<(String, &'static str)> {
    if name.is_empty() {
        return Some(("it is empty".to_owned(), "name the variable"));
    }
    TAKEN.contains(&name).then(|| (format!("{name:?} is the run's own"), "name it otherwise"))
}

pub(super) fn check_preconditions(conditions: &[Precondition]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, Precondition { message: _, expression, stage, status }) in conditions.iter().enumerate() {
        match (expression, stage, status) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            _ => {
                let what = "it asks for nothing, or for two things";
                found.push(Finding::new(
                    format!("[{index}]"),
                    what,
                    "give `expression`, or `stage` and `status`",
                ));
            }
        }
        // `FailedContinue` is `FAILED_CONTINUE`.
        let plain = |text: &str| text.replace('_', "").to_ascii_uppercase();
        let known = |given: &str| STATUSES.iter().any(|status| plain(status) == plain(given));
        if let Some(status) = status.as_deref().filter(|status| !known(status)) {
            let what = format!("no stage is {status:?}");
            found.push(Finding::new(format!("[{index}].status"), what, did_you_mean(status, STATUSES)));
        }
    }
    found
}
