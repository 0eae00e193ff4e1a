//! A body as JSON, with the place of what cannot be read.

use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;

/// Deepest nesting that is kept: a run has it a few levels down, and readers of JSON take 128.
const MOST_DEPTH: usize = 64;

/// Any JSON that can be kept.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    let value = serde_json::from_slice(body).map_err(|error| unreadable(&error, String::new()))?;
    if is_deeper(&value, MOST_DEPTH) {
        let why = format!("it is nested deeper than {MOST_DEPTH}");
        return Err(Refusal::Unreadable { place: "its depth".to_owned(), why });
    }
    Ok(value)
}

fn is_deeper(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        Value::Array(items) => depth == 0 || items.iter().any(|item| is_deeper(item, depth - 1)),
        Value::Object(fields) => depth == 0 || fields.values().any(|field| is_deeper(field, depth - 1)),
    }
}

/// The fields that are asked for; others are passed over.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Refusal> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::ContentType(content_type.to_owned()));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        unreadable(error.inner(), path)
    })?;
    json.end().map_err(|error| unreadable(&error, String::new()))?;
    Ok(value)
}

fn unreadable(error: &serde_json::Error, path: String) -> Refusal {
    let line = format!("line {}, column {}", error.line(), error.column());
    let place = if error.is_data() && path != "." && !path.is_empty() { path } else { line };
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default().to_owned();
    Refusal::Unreadable { place, why }
}
