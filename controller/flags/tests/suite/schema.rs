//! The schemas of OFREP 0.3.0 that answers have, written out as functions.
//!
//! Facts from `service/openapi.yaml` of github.com/open-feature/protocol (Apache-2.0). One thing is taken otherwise than it stands: `oneOf` over
//! the six types of flags cannot hold for any integer, which is an `integerFlag` and a `floatFlag`, so it is read as `anyOf`. Fields that the schemas
//! do not name are refused, for all of ours are named.

use serde_json::{Map, Value};

const REASONS: [&str; 5] = ["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"];
const FAILURES: [&str; 4] = ["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"];

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{value} is no object"))
}

/// The fields are these and no others, and the first `required` are there.
fn fields(value: &Value, known: &[&str], required: usize) -> Result<(), String> {
    let object = object(value)?;
    let missing = known[..required].iter().find(|name| !object.contains_key(**name));
    let unknown = object.keys().find(|name| !known.contains(&name.as_str()));
    match (missing, unknown) {
        (None, None) => Ok(()),
        (missing, unknown) => Err(format!("{value}: missing {missing:?}, unknown {unknown:?}")),
    }
}

fn text(value: &Value, name: &str) -> Result<(), String> {
    match value.get(name) {
        None | Some(Value::String(_)) => Ok(()),
        Some(other) => Err(format!("{name} is {other}, not a text")),
    }
}

fn one_of(value: &Value, name: &str, known: &[&str]) -> Result<(), String> {
    let found = value[name].as_str();
    if found.is_some_and(|found| known.contains(&found)) {
        Ok(())
    } else {
        Err(format!("{name} is {found:?}"))
    }
}

fn metadata(value: &Value) -> Result<(), String> {
    let Some(metadata) = value.get("metadata") else { return Ok(()) };
    let told = |value: &Value| value.is_boolean() || value.is_string() || value.is_number();
    object(metadata)?.values().all(told).then_some(()).ok_or_else(|| format!("{metadata}"))
}

pub(crate) fn evaluation_success(value: &Value) -> Result<(), String> {
    fields(value, &["key", "reason", "variant", "metadata", "value"], 2)?;
    text(value, "key")?;
    text(value, "variant")?;
    one_of(value, "reason", &REASONS)?;
    metadata(value)?;
    match value.get("value") {
        // None: codeDefaultFlag.
        None | Some(Value::Bool(_) | Value::String(_) | Value::Number(_) | Value::Object(_)) => Ok(()),
        Some(other) => Err(format!("value is {other}")),
    }
}

pub(crate) fn evaluation_failure(value: &Value) -> Result<(), String> {
    fields(value, &["key", "errorCode", "errorDetails", "metadata"], 2)?;
    one_of(value, "errorCode", &FAILURES)?;
    text(value, "key").and_then(|()| text(value, "errorDetails")).and_then(|()| metadata(value))
}

pub(crate) fn flag_not_found(value: &Value) -> Result<(), String> {
    fields(value, &["key", "errorCode", "errorDetails", "metadata"], 2)?;
    one_of(value, "errorCode", &["FLAG_NOT_FOUND"])?;
    text(value, "key").and_then(|()| text(value, "errorDetails"))
}

pub(crate) fn bulk_success(value: &Value) -> Result<(), String> {
    fields(value, &["flags", "metadata", "eventStreams"], 1)?;
    let flags = value["flags"].as_array().ok_or("flags is no list")?;
    flags.iter().try_for_each(|flag| {
        evaluation_success(flag).or_else(|success| {
            evaluation_failure(flag).map_err(|failure| format!("{flag}: neither ({success}) nor ({failure})"))
        })
    })
}

pub(crate) fn bulk_failure(value: &Value) -> Result<(), String> {
    fields(value, &["errorCode", "errorDetails"], 1)?;
    text(value, "errorCode").and_then(|()| text(value, "errorDetails"))
}

pub(crate) fn general_error(value: &Value) -> Result<(), String> {
    fields(value, &["errorDetails"], 0)?;
    text(value, "errorDetails")
}
