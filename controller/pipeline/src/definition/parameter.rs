//! What a run is started with.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One parameter of a pipeline. The values of a call are bound by [`crate::arguments::bind`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// By which expressions and calls name it: letters, digits, `_` and `-`, not a digit first.
    pub name: String,
    /// What its values are. Default: text.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether a call without it is refused. A default makes it never missing.
    #[serde(default)]
    pub required: bool,
    /// The value where a call gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The only values that it may have; none: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Value>,
    /// A regular expression that the whole text has to match; for `type: string`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
}

/// What the values of a parameter are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// A whole number of 64 bits.
    Integer,
    /// A number, whole or not.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of anything.
    List,
    /// Names with their values.
    Object,
}

impl Kind {
    /// As a sentence has it: "is not …".
    #[must_use]
    pub const fn article(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }

    /// The value as one of this kind. A text that reads as one is one, for command lines and web hooks have nothing but texts.
    #[must_use]
    pub fn read(self, given: &Value) -> Option<Value> {
        let text = given.as_str();
        match self {
            Self::String => text.map(Value::from),
            Self::Integer => given.as_i64().or_else(|| text?.parse().ok()).map(Value::from),
            Self::Number if given.is_number() => Some(given.clone()),
            Self::Number => text?.parse().ok().map(Value::Number),
            Self::Boolean => given.as_bool().or_else(|| text?.parse().ok()).map(Value::from),
            Self::List => read_json(given).filter(Value::is_array),
            Self::Object => read_json(given).filter(Value::is_object),
        }
    }
}

/// What a text says in JSON, and what is none as it is.
fn read_json(given: &Value) -> Option<Value> {
    match given {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(given.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Kind;

    #[test]
    fn a_text_is_read_as_what_the_parameter_is() {
        for (kind, given, expected) in [
            (Kind::String, json!("3"), Some(json!("3"))),
            (Kind::String, json!(3), None),
            (Kind::Integer, json!(3), Some(json!(3))),
            (Kind::Integer, json!("-3"), Some(json!(-3))),
            (Kind::Integer, json!("3.0"), None),
            (Kind::Integer, json!(3.5), None),
            (Kind::Number, json!("2.5"), Some(json!(2.5))),
            (Kind::Number, json!(2), Some(json!(2))),
            (Kind::Number, json!("NaN"), None),
            (Kind::Boolean, json!("true"), Some(json!(true))),
            (Kind::Boolean, json!("True"), None),
            (Kind::Boolean, json!(1), None),
            (Kind::Integer, Value::Null, None),
            (Kind::List, json!([1]), Some(json!([1]))),
            (Kind::List, json!("[1, {}]"), Some(json!([1, {}]))),
            (Kind::List, json!({}), None),
            (Kind::List, json!("1"), None),
            (Kind::Object, json!({"a": 1}), Some(json!({"a": 1}))),
            (Kind::Object, json!("{\"a\": 1}"), Some(json!({"a": 1}))),
            (Kind::Object, json!("a"), None),
        ] {
            assert_eq!(kind.read(&given), expected, "{kind:?} of {given}");
        }
    }
}
