//! A condition and a value as people say it: `coverage is 91.3 %, at least 92 % is asked for`.

use crate::gate::{Condition, Operator, Status};

/// Thresholds in words.
#[derive(Clone, Debug)]
pub(crate) struct Thresholds {
    pub(crate) comparator: Comparator,
    pub(crate) error: Option<String>,
    pub(crate) warning: Option<String>,
}

/// How a value is compared. The last two are Sonar's of before 2019.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    LessThan,
    GreaterThan,
    Equals,
    NotEquals,
}

impl Thresholds {
    pub(crate) fn of(condition: &Condition) -> Self {
        let Condition { metric, op, error, warning } = condition;
        let unit = if metric.is_share() { " %" } else { "" };
        let text = |threshold: f64| format!("{threshold}{unit}");
        let comparator = match op {
            Operator::LessThan => Comparator::LessThan,
            Operator::GreaterThan => Comparator::GreaterThan,
        };
        Self { comparator, error: error.map(text), warning: warning.map(text) }
    }
}

/// A metric's key as people say it.
pub(crate) fn spoken(key: &str) -> String {
    match key {
        "tests" => "the number of tests".to_owned(),
        "test_failures" => "the number of failed tests".to_owned(),
        "test_errors" => "the number of tests with errors".to_owned(),
        "skipped_tests" => "the number of skipped tests".to_owned(),
        "test_success_density" => "the share of tests that pass".to_owned(),
        "lint_errors" => "the number of lint errors".to_owned(),
        "lint_warnings" => "the number of lint warnings".to_owned(),
        key => crate::excerpt::quoted(&key.replace('_', " ")),
    }
}

/// What is said of a value.
pub(crate) fn with_value(key: &str, value: &str, thresholds: &Thresholds, status: Status) -> String {
    let is = format!("{} is {value}", spoken(key));
    let Thresholds { comparator, error, warning } = thresholds;
    if let (Status::Warn, Some(warning)) = (status, warning) {
        return format!("{is}, {} is wished for", asked(*comparator, warning));
    }
    match error.as_ref().or(warning.as_ref()) {
        Some(threshold) => format!("{is}, {} is asked for", asked(*comparator, threshold)),
        None => is,
    }
}

fn asked(comparator: Comparator, threshold: &str) -> String {
    let kind = match comparator {
        Comparator::LessThan => "at least",
        Comparator::GreaterThan => "at most",
        Comparator::Equals => "anything but",
        Comparator::NotEquals => "just",
    };
    format!("{kind} {threshold}")
}
