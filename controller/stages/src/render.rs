//! A pipeline as a file: what a template makes of a call, to be read and kept.

use std::borrow::Cow;
use std::cmp::Reverse;

use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::{Value, json};
use weir_pipeline::Pipeline;

use crate::file::API_VERSION;
use crate::work::Work;

/// The document of a pipeline of this name, as [`read`](crate::read()) takes it.
#[must_use]
pub fn document(name: &str, triggers: &[Value], pipeline: &Pipeline<Work>) -> String {
    // It cannot fail: it is plain data, whose keys are texts.
    let mut spec = serde_json::to_value(pipeline).unwrap_or_default();
    if let Some(spec) = spec.as_object_mut().filter(|_| !triggers.is_empty()) {
        spec.insert("triggers".to_owned(), Value::from(triggers));
    }
    object(&json!({"apiVersion": API_VERSION, "kind": "Pipeline", "metadata": {"name": name}, "spec": spec}))
}

/// A document, whatever its kind, in the order in which people look for its fields.
#[must_use]
pub fn object(document: &Value) -> String {
    let mut text = String::new();
    let mut emitter = YamlEmitter::new(&mut text);
    // Scripts stay lines.
    emitter.multiline(true);
    let _written = emitter.dump(&yaml(document));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Keys that people look for first; all others follow by the alphabet, and the stages come last.
const FIRST: [&str; 10] = [
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "name",
    "description",
    "triggers",
    "parameters",
    "needs",
    "when",
];

fn rank(key: &str) -> (Reverse<bool>, usize) {
    let place = FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    (Reverse(key != "stages"), place)
}

fn yaml(value: &Value) -> Yaml<'_> {
    let scalar = match value {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Scalar::Integer(integer),
            None => Scalar::FloatingPoint(number.as_f64().unwrap_or_default().into()),
        },
        Value::String(text) => Scalar::String(Cow::Borrowed(text)),
        Value::Array(items) => return Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| rank(key));
            return Yaml::Mapping(fields.into_iter().map(field).collect::<Mapping<'_>>());
        }
    };
    Yaml::Value(scalar)
}

fn field<'v>((key, value): (&'v String, &'v Value)) -> (Yaml<'v>, Yaml<'v>) {
    (Yaml::Value(Scalar::String(Cow::Borrowed(key))), yaml(value))
}
