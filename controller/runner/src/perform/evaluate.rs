//! What is only computed: variables and preconditions.

use serde_json::{Map, Value, json};
use weir_expression::{Limits, Scope, evaluate_all};
use weir_pipeline::Work as _;
use weir_pipeline::event::Fault;
use weir_stages::work::{Precondition, Variable};
use weir_stages::{Does, Work};

use super::{Job, Outputs, holds};
use crate::attempt::Attempt;

/// Whether a stage does nothing but compute. It touches nothing, so nothing is kept of it: whoever does it again may do all of it again.
pub(crate) fn is_computed(work: &Work) -> bool {
    matches!(work.kind(), "variables" | "preconditions")
}

/// Each with its value, which those after it see.
fn in_order(variables: &[Value], mut scope: Scope<'_>) -> Result<Value, Fault> {
    let mut evaluated = Vec::new();
    for variable in variables {
        let Value::Object(variable) =
            evaluate_all(variable, &scope, &Limits::default()).map_err(Fault::work)?.value
        else {
            return Err(Fault::work("a variable has `key` and `value`"));
        };
        if let (Some(Value::String(key)), Some(value)) = (variable.get("key"), variable.get("value")) {
            scope = scope.with(key, value);
        }
        evaluated.push(Value::Object(variable));
    }
    Ok(Value::Array(evaluated))
}

impl Job {
    /// Computes what there is to compute.
    pub(super) fn computed(&self, attempt: &Attempt, written: &Work) -> Result<Outputs, Fault> {
        let fields = match written.fields().as_array() {
            Some(variables) if written.kind() == "variables" => {
                in_order(variables, self.seen().scope(&self.key.stage, self.shared.now()))?
            }
            // What cannot be evaluated is an answer, too.
            _ => written.fields().clone(),
        };
        match written.with(&fields).map_err(Fault::work)? {
            Does::Variables(variables) => {
                Ok(variables.into_iter().map(|Variable { key, value }| (key, value)).collect())
            }
            Does::Preconditions(conditions) => self.preconditions(attempt, &conditions),
            does @ (Does::Checkout(_)
            | Does::Step(_)
            | Does::Gate(_)
            | Does::Image(_)
            | Does::Wait(_)
            | Does::Judgment(_)
            | Does::Webhook(_)
            | Does::Pipeline(_)
            | Does::Status(_)
            | Does::Comment(_)
            | Does::Load(_)
            | Does::Analysis(_)
            | Does::Job(_)
            | Does::Deploy(_)
            | Does::Release(_)
            | Does::FindImage(_)
            | Does::FindArtifact(_)
            | Does::Scale(_)
            | Does::Undo(_)
            | Does::Delete(_)
            | Does::Weights(_)) => Err(Fault::work(format!("it is not only computed: {does:?}"))),
        }
    }

    /// All of them, so that whoever reads the answer sees all that is wrong.
    fn preconditions(&self, attempt: &Attempt, conditions: &[Precondition]) -> Result<Outputs, Fault> {
        let unmet: Vec<String> = conditions.iter().filter_map(|one| self.unmet(one)).collect();
        if !unmet.is_empty() {
            attempt.tell(&unmet.join("\n")).map_err(Fault::infrastructure)?;
        }
        if unmet.is_empty() {
            Ok(Map::from_iter([("preconditions".to_owned(), json!(conditions.len()))]))
        } else {
            Err(Fault::work(unmet.join("; ")))
        }
    }

    /// Why it does not hold, where it does not.
    fn unmet(&self, condition: &Precondition) -> Option<String> {
        let Precondition { message, expression, stage, status } = condition;
        let expression = match (expression, stage, status) {
            (Some(expression), None, None) => expression.clone(),
            (None, Some(stage), Some(status)) => {
                let stage = stage.replace('\'', "''");
                let status = upper(status);
                format!("#stage('{stage}')['status'].toString() == '{status}'")
            }
            _ => return Some("a precondition has `expression`, or `stage` and `status`".to_owned()),
        };
        let told = |why: &str| match message {
            Some(message) => format!("{message} ({why})"),
            None => why.to_owned(),
        };
        match holds(self.seen(), &self.key.stage, &expression, self.shared.now()) {
            Ok(true) => None,
            Ok(false) => Some(told(&format!("{expression} is false"))),
            Err(error) => Some(told(&error)),
        }
    }
}

/// A status as expressions compare it: `FailedContinue` is `FAILED_CONTINUE`.
fn upper(status: &str) -> String {
    let mut made = String::new();
    let mut before = '_';
    for letter in status.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            made.push('_');
        }
        made.extend(letter.to_uppercase());
        before = letter;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::upper;

    #[test]
    fn a_status_may_be_written_both_ways() {
        for (given, expected) in [
            ("FailedContinue", "FAILED_CONTINUE"),
            ("FAILED_CONTINUE", "FAILED_CONTINUE"),
            ("Succeeded", "SUCCEEDED"),
        ] {
            assert_eq!(upper(given), expected);
        }
    }
}
