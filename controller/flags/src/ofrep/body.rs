//! The bodies of answers, written straight from what was evaluated.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct, Serializer};

use super::request::Malformed;
use crate::evaluation::{Evaluation, Told};
use crate::failure::Failure;

/// One flag's answer: `evaluationSuccess`, `evaluationFailure` or `flagNotFound`.
pub(super) struct Entry<'a> {
    /// The key that was asked for.
    pub(super) key: &'a str,
    pub(super) result: Result<Evaluation<'a>, Failure<'a>>,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", self.key)?;
        match &self.result {
            Ok(evaluation) => {
                map.serialize_entry("reason", evaluation.reason.on_the_wire())?;
                // Without a value: the program takes its own default (`codeDefaultFlag`).
                if let Some(variant) = evaluation.variant {
                    map.serialize_entry("variant", &variant.name)?;
                    map.serialize_entry("value", &variant.value)?;
                }
                // Also where it is empty: some providers fail without it.
                map.serialize_entry("metadata", &Metadata(evaluation))?;
            }
            Err(failure) => {
                map.serialize_entry("errorCode", failure.code().as_str())?;
                map.serialize_entry("errorDetails", &format_args!("{failure}"))?;
            }
        }
        map.end()
    }
}

struct Metadata<'a>(&'a Evaluation<'a>);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.metadata())
    }
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// `bulkEvaluationSuccess`. The function makes the answers anew for each writing.
pub(super) struct Entries<F>(pub(super) F);

impl<'a, F: Fn() -> I, I: Iterator<Item = Entry<'a>>> Serialize for Entries<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut whole = serializer.serialize_struct("Flags", 1)?;
        whole.serialize_field("flags", &List(&self.0))?;
        whole.end()
    }
}

struct List<'f, F>(&'f F);

impl<'a, F: Fn() -> I, I: Iterator<Item = Entry<'a>>> Serialize for List<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// A request that cannot be answered: `evaluationFailure`, or without a key `bulkEvaluationFailure`.
pub(super) struct Problem<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) malformed: &'a Malformed,
}

impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(key) = self.key {
            map.serialize_entry("key", key)?;
        }
        map.serialize_entry("errorCode", self.malformed.code().as_str())?;
        map.serialize_entry("errorDetails", &format_args!("{}", self.malformed))?;
        map.end()
    }
}
