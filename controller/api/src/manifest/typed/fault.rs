//! A value of another type than its field's, in words.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use crate::manifest::path::Place;
use crate::manifest::tree::Value;
use crate::names;

/// A value that its field cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct TypeFault {
    /// Path and line, set by the innermost reader that the fault passes.
    at: Option<(String, u32)>,
    /// What is wrong.
    pub(in crate::manifest) message: String,
    /// How to mend it.
    pub(in crate::manifest) help: Option<String>,
}

impl TypeFault {
    /// The same at this place, unless it is known more closely already.
    pub(super) fn at(mut self, place: &Place<'_>, line: u32) -> Self {
        self.at.get_or_insert_with(|| (place.to_string(), line));
        self
    }

    pub(super) fn with_help(mut self, help: String) -> Self {
        self.help.get_or_insert(help);
        self
    }

    /// Path in the object.
    pub(in crate::manifest) fn path(&self) -> &str {
        self.at.as_ref().map_or("", |(path, _)| path)
    }

    /// Line in the file.
    pub(in crate::manifest) fn line(&self) -> u32 {
        self.at.as_ref().map_or(0, |(_, line)| *line)
    }
}

impl Display for TypeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TypeFault {}

impl de::Error for TypeFault {
    fn custom<T: Display>(message: T) -> Self {
        Self { at: None, message: message.to_string(), help: None }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = wanted(&expected.to_string());
        let fault = Self::custom(format!("{}, expected {expected}", described(found)));
        let scalar = matches!(
            found,
            Unexpected::Bool(_) | Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
        );
        if scalar && expected == "a text" {
            return fault.with_help("Put it in quotes.".to_owned());
        }
        if let Unexpected::Str(text) = found
            && is_quoted_value(text, &expected)
        {
            return fault.with_help("Leave the quotes out.".to_owned());
        }
        fault
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let range = match expected.as_str() {
            "i32" => Some("from -2147483648 to 2147483647"),
            "u16" => Some("from 0 to 65535"),
            "u32" => Some("from 0 to 4294967295"),
            _ => None,
        };
        let wanted = range.map_or_else(|| wanted(&expected), |range| format!("a whole number {range}"));
        Self::custom(format!("{}, expected {wanted}", described(found)))
    }

    fn unknown_variant(variant: &str, variants: &'static [&'static str]) -> Self {
        let fault =
            Self::custom(format!("{variant:?} is not known here, expected one of {}", variants.join(", ")));
        match names::nearest(variant, variants.iter().copied()) {
            Some(nearest) => fault.with_help(format!("did you mean {nearest}?")),
            None => fault,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("{field} is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::custom(format!("{field} is there twice"))
    }
}

/// Whether a text would be right without its quotes.
fn is_quoted_value(text: &str, expected: &str) -> bool {
    match expected {
        "true or false" => matches!(text, "true" | "false"),
        "a number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => expected.starts_with("a whole number") && text.parse::<i64>().is_ok(),
    }
}

/// Longest text that a message repeats, in characters.
const LONGEST: usize = 60;

fn described(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("{value} (a boolean)"),
        Unexpected::Unsigned(value) => format!("{value} (a number)"),
        Unexpected::Signed(value) => format!("{value} (a number)"),
        Unexpected::Float(value) => format!("{value} (a number)"),
        Unexpected::Str(text) if text.chars().count() > LONGEST => {
            format!("{:?}... (a text)", text.chars().take(LONGEST).collect::<String>())
        }
        Unexpected::Str(text) => format!("{text:?} (a text)"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        Unexpected::Char(_)
        | Unexpected::Bytes(_)
        | Unexpected::NewtypeStruct
        | Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant
        | Unexpected::Other(_) => found.to_string(),
    }
}

/// A value in words, as in a message about a wrong type.
pub(in crate::manifest) fn found(value: &Value) -> String {
    described(match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Int(value) => Unexpected::Signed(*value),
        Value::Large(value) => Unexpected::Unsigned(*value),
        Value::Float(value) => Unexpected::Float(*value),
        Value::Text(text) => Unexpected::Str(text),
        Value::List(_) => Unexpected::Seq,
        Value::Map(_) => Unexpected::Map,
    })
}

/// What a type calls itself to serde, in words for a person who writes YAML.
fn wanted(expected: &str) -> String {
    match expected {
        "a string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a map" => "a mapping".to_owned(),
        "a sequence" => "a list".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".to_owned(),
        "IntOrString" => "a whole number or a text".to_owned(),
        name if name.starts_with("struct ") => "a mapping".to_owned(),
        // k8s-openapi's types give their bare name.
        name if name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric) => {
            format!("a mapping ({name})")
        }
        other => other.to_owned(),
    }
}
