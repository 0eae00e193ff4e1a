//! JSON and YAML, read and written.

use super::convert::unreadable;
use crate::fault::Fault;
use crate::json;
use crate::machine::{Machine, Outcome};
use crate::routine::{Routine, routine};
use crate::value::Value;
use crate::yaml;

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("toJson", 1, 1, |(), call| {
        let text = json::write(call.value(0), &call.machine.budget)?;
        if text.contains("${") && !call.machine.keeps_expressions {
            return Err(Fault::Unevaluated);
        }
        call.machine.text(text)
    }),
    routine("readJson", 1, 1, |(), call| read_json(call.text(0)?, call.machine)),
    routine("readYaml", 1, 1, |(), call| read_yaml(call.text(0)?, call.machine)),
    routine("readAllYaml", 1, 1, |(), call| {
        let documents = yaml::read(call.text(0)?, &mut call.machine.budget)?;
        call.machine.list(documents)
    }),
    routine("doNotEval", 1, 1, |(), call| {
        call.machine.keeps_expressions = true;
        Ok(call.value(0).clone())
    }),
];

/// An object, or a list.
pub(super) fn read_json(text: &str, machine: &mut Machine<'_>) -> Outcome {
    // What is read takes more room than its text.
    machine.budget.make(text.len())?;
    let read: serde_json::Value =
        serde_json::from_str(text).map_err(|error| unreadable(text, format!("JSON: {error}")))?;
    if !(read.is_object() || read.is_array()) {
        return Err(unreadable(text, "JSON object or list"));
    }
    made(json::value_of(&read), machine)
}

/// The first document.
pub(super) fn read_yaml(text: &str, machine: &mut Machine<'_>) -> Outcome {
    let documents = yaml::read(text, &mut machine.budget)?;
    Ok(documents.into_iter().next().unwrap_or(Value::Null))
}

/// Counts a value that came from a text or from outside as one that is made.
pub(super) fn made(value: Value, machine: &mut Machine<'_>) -> Outcome {
    machine.budget.make(value.bytes())?;
    if value.nesting() > crate::limits::MOST_VALUE_NESTING {
        return Err(crate::limits::Exceeded::ValueNesting(crate::limits::MOST_VALUE_NESTING).into());
    }
    Ok(value)
}
