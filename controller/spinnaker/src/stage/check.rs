//! What is only computed.

use serde_json::{Map, Value};

use super::{Mapped, Work};
use crate::part::Part;
use crate::report::Report;

/// Statuses that a stage can have, as Spinnaker writes them.
const STATUS: &str = "preconditions.status";

/// A `checkPreconditions`.
pub(super) fn preconditions(part: &Part<'_>, report: &mut Report) -> Mapped {
    let conditions = part.parts("preconditions");
    if conditions.is_empty() {
        return Err("it has no preconditions: Spinnaker skips it, so take it out, or give it one".to_owned());
    }
    let mut made = Vec::new();
    let mut halts = Vec::new();
    for condition in &conditions {
        made.push(Value::Object(one(condition, report)?));
        halts.push(condition.flag("failPipeline").unwrap_or(true));
    }
    let is_branch = !halts.contains(&true);
    let is_mixed = halts.contains(&true) && halts.contains(&false);
    for condition in conditions.iter().filter(|condition| condition.flag("failPipeline").is_some()) {
        if is_mixed {
            let why = "all conditions of a stage are asked at once: any that does not hold fails it";
            report.changed(condition.at("failPipeline"), "onFailure", why);
        } else {
            report.mapped(condition.at("failPipeline"), "onFailure");
        }
    }
    let on_failure = is_branch.then_some("haltBranch");
    Ok(Work { on_failure, ..Work::new("preconditions", made.into()) })
}

fn one(part: &Part<'_>, report: &mut Report) -> Result<Map<String, Value>, String> {
    let mut made = Map::new();
    // Old pipelines have the fields beside the type.
    let context = part.part("context").unwrap_or_else(|| part.clone());
    match part.text("type").as_deref() {
        Some("expression") => {
            context.carry_text("expression", "preconditions.expression", &mut made, report);
            if made.is_empty() {
                return Err(format!("{} has no expression: give one", context.place));
            }
        }
        Some("stageStatus") => {
            for (key, to) in [("stageName", "preconditions.stage"), ("stageStatus", STATUS)] {
                context.carry_text(key, to, &mut made, report);
            }
        }
        other => {
            let other = other.unwrap_or("none");
            return Err(format!("preconditions of the type {other} are not known: ask by an `expression`"));
        }
    }
    report.mapped(part.at("type"), "preconditions");
    context.carry_text("failureMessage", "preconditions.message", &mut made, report);
    part.needless(&["cloudProvider", "isNew"], "it is about Spinnaker's page", report);
    Ok(made)
}

/// An `evaluateVariables`.
pub(super) fn variables(part: &Part<'_>, report: &mut Report) -> Work {
    let mut made = Vec::new();
    for variable in part.parts("variables") {
        let mut one = Map::new();
        variable.carry_text("key", "variables.key", &mut one, report);
        // An empty text is a value, too.
        let value = variable.fields.get("value").cloned().unwrap_or_default();
        one.insert("value".to_owned(), value);
        report.mapped(variable.at("value"), "variables.value");
        variable.needless(&["sourceValue", "description"], "it is about Spinnaker's page", report);
        made.push(Value::Object(one));
    }
    Work::new("variables", made.into())
}
