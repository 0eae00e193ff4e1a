//! The CustomResourceDefinitions of Weir's own resources.

use kube::CustomResourceExt;
use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::Value;

use crate::{Canary, LocalImage};

/// What stands above the definitions, for whoever opens the file.
const HEAD: &str =
    "# Generated: `cargo run -p weir-api --bin crdgen > manifests/crd/weir.dev.yaml`. Do not edit.\n";

/// The definitions as one YAML text of two documents, Canary first; the same for every run.
#[must_use]
pub fn yaml() -> String {
    let mut text = HEAD.to_owned();
    for definition in [Canary::crd(), LocalImage::crd()] {
        let mut value = serde_json::to_value(&definition).unwrap_or_default();
        drop_unknown_formats(&mut value);
        // Neither can fail: the definition is plain data, and writing to a String does not fail. The test that reads the text back holds it.
        let _ = YamlEmitter::new(&mut text).dump(&emitted(&value));
        text.push('\n');
    }
    text
}

/// The API server warns of every format that it does not know, such as Rust's unsigned integers; `minimum: 0` says the same.
fn drop_unknown_formats(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.remove("format");
            }
            fields.values_mut().for_each(drop_unknown_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unknown_formats),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn emitted(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(value) => Yaml::Value(Scalar::Boolean(*value)),
        Value::Number(number) => Yaml::Value(match number.as_i64() {
            Some(integer) => Scalar::Integer(integer),
            None => Scalar::FloatingPoint(number.as_f64().unwrap_or_default().into()),
        }),
        Value::String(text) => Yaml::Value(Scalar::String(text.as_str().into())),
        Value::Array(items) => Yaml::Sequence(items.iter().map(emitted).collect()),
        Value::Object(fields) => {
            let field =
                |(key, value)| (Yaml::Value(Scalar::String(std::borrow::Cow::Borrowed(key))), emitted(value));
            Yaml::Mapping(
                fields.iter().map(|(key, value)| field((key.as_str(), value))).collect::<Mapping<'_>>(),
            )
        }
    }
}
