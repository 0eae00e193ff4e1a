//! The quality gate: conditions on what was measured, and what comes of them.
//!
//! ```text
//! condition   what is written, checked: metric, operator, thresholds
//! sentence    a condition and a value as people say it
//! result      status of each condition, verdict of a project, and of several
//! ```
//! A condition is as strict as Sonar's (`ConditionEvaluator`, `server/sonar-server-common`): `lessThan` fails below its threshold,
//! `greaterThan` above it, and equal passes. Not as with Sonar, a metric without a value fails: no result is no pass.

mod condition;
mod result;
pub(crate) mod sentence;

pub use condition::{Condition, Operator, Problem, WrittenCondition};
pub use result::{ConditionResult, GateResult, Policy, ProjectResult, Status, Verdict};

use crate::metric::{Measures, Metric};
use sentence::Thresholds;

/// Conditions that were checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    conditions: Vec<Condition>,
}

impl Gate {
    /// Checks what is written.
    ///
    /// # Errors
    /// Every problem of it, and not only the first.
    pub fn parse(written: &[WrittenCondition]) -> Result<Self, Vec<Problem>> {
        let (mut conditions, mut problems) = (Vec::new(), Vec::new());
        for (index, written) in written.iter().enumerate() {
            match Condition::parse(written, index) {
                Ok(condition) => conditions.push(condition),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Self { conditions }) } else { Err(problems) }
    }

    /// What is asked for where nobody writes conditions: a coverage of at least 92 % and, without a warning, of 95 %; at least one test, none
    /// that fails; no errors of lint.
    #[must_use]
    pub fn usual() -> Self {
        let condition = |metric, op, error, warning| Condition { metric, op, error: Some(error), warning };
        let none = |metric| condition(metric, Operator::GreaterThan, 0.0, None);
        let conditions = vec![
            condition(Metric::Tests, Operator::LessThan, 1.0, None),
            none(Metric::TestFailures),
            none(Metric::TestErrors),
            condition(Metric::Coverage, Operator::LessThan, 92.0, Some(95.0)),
            none(Metric::LintErrors),
        ];
        Self { conditions }
    }

    /// The same without conditions on a metric.
    #[must_use]
    pub fn without(mut self, metric: Metric) -> Self {
        self.conditions.retain(|condition| condition.metric != metric);
        self
    }

    /// The conditions.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Judges one project. Without conditions there is no verdict.
    #[must_use]
    pub fn evaluate(&self, project: &str, measures: &Measures) -> ProjectResult {
        let conditions = self.conditions.iter().map(|condition| evaluate(condition, measures)).collect();
        ProjectResult::new(project, conditions)
    }
}

fn evaluate(condition: &Condition, measures: &Measures) -> ConditionResult {
    let Condition { metric, op, error, warning } = condition;
    let value = measures.value(*metric);
    let status = match value {
        None => Status::NoValue,
        Some(value) => {
            let is_beyond = |threshold: &Option<f64>| threshold.is_some_and(|at| op.is_reached(value, at));
            if is_beyond(error) {
                Status::Error
            } else if is_beyond(warning) {
                Status::Warn
            } else {
                Status::Ok
            }
        }
    };
    let value = value.map(|value| value.to_string());
    let thresholds = Thresholds::of(condition);
    let sentence = match &value {
        Some(value) => sentence::with_value(metric.key(), value, &thresholds, status),
        None => format!(
            "{} has no result, and no result is no pass: give a report that measures it, or leave this condition out",
            sentence::spoken(metric.key())
        ),
    };
    ConditionResult { metric: metric.key().to_owned(), status, value, sentence }
}
