//! A part of the JSON with its place, and its fields read as loosely as Spinnaker reads them: a number may be a text, and so may a boolean.

use serde_json::{Map, Value};
use weir_pipeline::Problem;

use crate::report::Report;

/// An object of the JSON.
#[derive(Clone, Debug)]
pub(crate) struct Part<'j> {
    /// Where it stands; empty: it is the document.
    pub(crate) place: String,
    /// What is in it.
    pub(crate) fields: &'j Map<String, Value>,
}

impl<'j> Part<'j> {
    /// The value at `place` as an object.
    pub(crate) fn of(place: String, value: &'j Value) -> Result<Self, Problem> {
        match value.as_object() {
            Some(fields) => Ok(Self { place, fields }),
            None => Err(Problem::new(
                place,
                "it is no object",
                "give what Spinnaker shows as the pipeline's JSON",
            )),
        }
    }

    /// Where a field of it stands.
    pub(crate) fn at(&self, key: &str) -> String {
        below(&self.place, key)
    }

    /// A field that is there and says something.
    pub(crate) fn get(&self, key: &str) -> Option<&'j Value> {
        self.fields.get(key).filter(|value| !is_empty(value))
    }

    pub(crate) fn part(&self, key: &str) -> Option<Self> {
        Some(Self { place: self.at(key), fields: self.get(key)?.as_object()? })
    }

    /// A text, or a number or boolean as its text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        text_of(self.get(key)?)
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        value.as_bool().or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok())
    }

    pub(crate) fn whole(&self, key: &str) -> Option<u64> {
        let value = self.get(key)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// The elements of a list, with their places.
    pub(crate) fn items(&self, key: &str) -> Vec<(String, &'j Value)> {
        let items = self.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        items.map(|(index, item)| (format!("{}[{index}]", self.at(key)), item)).collect()
    }

    /// Those of the elements that are objects.
    pub(crate) fn parts(&self, key: &str) -> Vec<Self> {
        let items = self.items(key).into_iter();
        items.filter_map(|(place, value)| Some(Self { place, fields: value.as_object()? })).collect()
    }

    /// Puts a field as it is into `out`, under the last part of `to`.
    pub(crate) fn carry(&self, key: &str, to: &str, out: &mut Map<String, Value>, report: &mut Report) {
        if let Some(value) = self.get(key) {
            out.insert(last(to).to_owned(), value.clone());
            report.mapped(self.at(key), to);
        }
    }

    /// The same for what has to be a text.
    pub(crate) fn carry_text(&self, key: &str, to: &str, out: &mut Map<String, Value>, report: &mut Report) {
        if let Some(text) = self.text(key) {
            out.insert(last(to).to_owned(), text.into());
            report.mapped(self.at(key), to);
        }
    }

    /// Says of those fields that are there, and of which nothing is said yet, that they say nothing here.
    pub(crate) fn needless(&self, keys: &[&str], why: &str, report: &mut Report) {
        for key in keys.iter().filter(|key| self.fields.contains_key(**key)) {
            if !report.has(&self.at(key)) {
                report.needless(self.at(key), why);
            }
        }
    }

    /// Says of a field, if it says something, what to do about it.
    pub(crate) fn by_hand(&self, key: &str, what: &str, report: &mut Report) {
        if self.get(key).is_some() {
            report.by_hand(self.at(key), what);
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Where a field stands that is in what stands at `place`.
pub(crate) fn below(place: &str, key: &str) -> String {
    let is_plain =
        !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter));
    match (place, is_plain) {
        ("", true) => key.to_owned(),
        (_, true) => format!("{place}.{key}"),
        (_, false) => format!("{place}[{key:?}]"),
    }
}

/// Whether a value says nothing: that of a field that was never filled in.
pub(crate) fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_str().is_some_and(str::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty)
}

/// A text, or a number or boolean as its text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Every value that has none in it, with its place.
pub(crate) fn leaves<'j>(place: &str, value: &'j Value, found: &mut Vec<(String, &'j Value)>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(&format!("{place}[{index}]"), item, found);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                leaves(&below(place, key), value, found);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            found.push((place.to_owned(), value));
        }
    }
}
