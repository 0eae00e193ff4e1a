//! A condition as SonarQube answers it, as a sentence of ours.

use crate::excerpt::quoted;
use crate::gate::sentence::{self, Comparator, Thresholds};
use crate::gate::{ConditionResult, ProjectResult, Status, Verdict};

/// The fields that both forms of an answer have.
pub(super) struct Answered {
    pub(super) metric: String,
    pub(super) status: String,
    pub(super) comparator: String,
    pub(super) value: Option<String>,
    pub(super) error: Option<String>,
    pub(super) warning: Option<String>,
}

impl Answered {
    /// The result; `Err` is a status that is not known.
    pub(super) fn result(self) -> Result<ConditionResult, String> {
        let Self { metric, status, comparator, value, error, warning } = self;
        let comparator = match comparator.as_str() {
            "LT" | "LESS_THAN" => Comparator::LessThan,
            "EQ" | "EQUALS" => Comparator::Equals,
            "NE" | "NOT_EQUALS" => Comparator::NotEquals,
            "GT" | "GREATER_THAN" => Comparator::GreaterThan,
            other => return Err(other.to_owned()),
        };
        let status = match status.as_str() {
            "OK" if value.is_none() => Status::NoValue,
            "NO_VALUE" => Status::NoValue,
            "OK" => Status::Ok,
            "WARN" => Status::Warn,
            "ERROR" => Status::Error,
            other => return Err(other.to_owned()),
        };
        let shown = |value: &String| shown(&metric, value);
        let thresholds =
            Thresholds { comparator, error: error.as_ref().map(shown), warning: warning.as_ref().map(shown) };
        let value = value.as_ref().map(shown);
        let sentence = match &value {
            Some(value) => sentence::with_value(&metric, value, &thresholds, status),
            None => format!(
                "{} has no value, which SonarQube does not count against it",
                sentence::spoken(&metric)
            ),
        };
        Ok(ConditionResult { metric: quoted(&metric), status, value, sentence })
    }
}

/// The verdict is SonarQube's, unless one of its conditions is worse.
pub(super) fn project(
    name: &str,
    verdict: Verdict,
    conditions: Vec<ConditionResult>,
    notes: Vec<String>,
) -> ProjectResult {
    let worst = conditions.iter().map(|condition| match condition.status {
        Status::Ok | Status::NoValue => Verdict::Ok,
        Status::Warn => Verdict::Warn,
        Status::Error => Verdict::Error,
    });
    let verdict = worst.fold(verdict, Verdict::max);
    ProjectResult { project: name.to_owned(), verdict, conditions, notes }
}

/// The status of a gate.
pub(super) fn verdict(status: &str) -> Option<Verdict> {
    match status {
        "OK" => Some(Verdict::Ok),
        "WARN" => Some(Verdict::Warn),
        "ERROR" => Some(Verdict::Error),
        "NONE" => Some(Verdict::None),
        _ => None,
    }
}

/// A value with its unit. Ratings are numbers, A is 1.
fn shown(metric: &str, value: &str) -> String {
    let value = quoted(value);
    if metric.ends_with("rating") {
        let grades = ["A", "B", "C", "D", "E"];
        let grade = value.split('.').next().and_then(|number| number.parse::<usize>().ok());
        let grade = grade.and_then(|number| grades.get(number.checked_sub(1)?));
        return grade.map_or(value, |grade| (*grade).to_owned());
    }
    if metric.ends_with("coverage") || metric.ends_with("density") { format!("{value} %") } else { value }
}
