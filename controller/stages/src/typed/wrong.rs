//! What serde has to say, in words of YAML and not of Rust.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};
use serde_json::Value;
use weir_pipeline::problem::did_you_mean;

/// Most letters of a text that are shown.
const SHOWN: usize = 60;

/// Why a value is not what it has to be.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) mend: String,
    /// The key that is not there, where that is what is wrong.
    pub(crate) missing: Option<&'static str>,
}

impl Wrong {
    fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into(), missing: None }
    }

    pub(super) fn no_struct(found: &Value, fields: &[&str]) -> Self {
        Self::new(stands(found), format!("give keys with values: {}", fields.join(", ")))
    }

    pub(super) fn no_variant(found: &Value, variants: &[&str]) -> Self {
        Self::new(stands(found), format!("give one of {}", variants.join(", ")))
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.mend)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    /// A sentence of a type of ours, with how to mend it behind the last colon.
    fn custom<T: Display>(told: T) -> Self {
        let told = told.to_string();
        match told.rsplit_once(": ") {
            Some((what, mend)) => Self::new(what, mend),
            None => Self::new(told, "mend this field"),
        }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::new(format!("{} stands here", name(found)), give(&wanted.to_string()))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("{:?} is not known here", shown(given)), did_you_mean(given, known.iter().copied()))
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(
            format!("the key {:?} is not known here", shown(given)),
            did_you_mean(given, known.iter().copied()),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new(format!("`{field}` is missing"), "give it") }
    }
}

/// What stands there, in a sentence.
fn stands(found: &Value) -> String {
    let found = match found {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(number) => Unexpected::Float(number.as_f64().unwrap_or_default()),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    format!("{} stands here", name(found))
}

fn name(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) => format!("the text {:?}", shown(text)),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        Unexpected::Char(_)
        | Unexpected::Bytes(_)
        | Unexpected::NewtypeStruct
        | Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant
        | Unexpected::Other(_) => "something else".to_owned(),
    }
}

fn give(wanted: &str) -> String {
    let numbers = |bits: u32| format!("a whole number from 0 to {}", (1_u128 << bits) - 1);
    let thing = match wanted {
        "a string" => "a text (in quotes where it looks like a number)".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "keys with values".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "u16" => numbers(16),
        "u32" => numbers(32),
        "u64" => numbers(64),
        "i64" => "a whole number".to_owned(),
        "f64" => "a number".to_owned(),
        "unit" | "unit variant" => "nothing more".to_owned(),
        "newtype variant" => "a value behind it: `KEY: VALUE`".to_owned(),
        other if other.starts_with("struct ") => "keys with values".to_owned(),
        other => other.to_owned(),
    };
    format!("give {thing}")
}

/// The text, cut where it is too long for a sentence.
fn shown(text: &str) -> String {
    if text.chars().count() > SHOWN {
        text.chars().take(SHOWN).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}
