//! A value as YAML.

use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::Value;

/// The value as one YAML document, with the line that begins it.
#[must_use]
pub fn of(value: &Value) -> String {
    let mut text = String::new();
    // Neither can fail: the value is plain data, and writing to a String does not fail. Tests read texts back.
    let _ = YamlEmitter::new(&mut text).dump(&emitted(value));
    text.push('\n');
    text
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
