//! A property file, in which what builds software tells what it built.
//!
//! YAML, JSON or the form of Java, by the name's end, and where that says nothing by the content. The result is an object. Nothing is guessed: what
//! cannot be read fails the trigger, with the line; a key that is there twice could mean either, and is refused.

mod artifact;
mod java;
mod json;
mod yaml;

use serde_json::{Map, Value};

pub use artifact::{Missing, find};

/// Most bytes of a file.
pub const MOST_BYTES: usize = 1 << 20;

/// Why a property file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("property file {name:?}{at}: {why}", at = .line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct Unreadable {
    /// The file.
    pub name: String,
    /// From 1, where it is about one.
    pub line: Option<usize>,
    /// What is wrong, and how to mend it.
    pub why: Why,
}

/// What is wrong with a property file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It is too long.
    #[error(
        "it has {0} bytes, {MOST_BYTES} are the most: it is for names and addresses, other things go into artifacts of their own"
    )]
    TooLong(usize),
    /// It is no text.
    #[error("it is not UTF-8: save it as that")]
    NotText,
    /// Its form is not what its name says.
    #[error("it is no {form}: {why}")]
    Form {
        /// Which form was expected.
        form: &'static str,
        /// What the reader says.
        why: String,
    },
    /// A key twice.
    #[error("{0:?} is there twice: remove one of them")]
    Twice(String),
    /// It is a list or a single value.
    #[error("it has no keys: write `key: value` lines, or the JSON object that they make")]
    NoObject,
    /// It is made of too much.
    #[error("it becomes more than {0} values, or is nested deeper than {1}: aliases may stand for too much")]
    TooMuch(usize, usize),
}

/// The file's values.
///
/// # Errors
/// It cannot be read; nothing of it counts then.
pub fn read(name: &str, bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let fail = |(line, why)| Unreadable { name: name.to_owned(), line, why };
    if bytes.len() > MOST_BYTES {
        return Err(fail((None, Why::TooLong(bytes.len()))));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        fail((Some(before.split(|byte| *byte == b'\n').count()), Why::NotText))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match form(name, text) {
        Form::Yaml => yaml::read(text),
        Form::Json => json::read(text),
        Form::Java => java::read(text),
    }
    .map_err(fail)
}

/// Where, if it is at one place, and what.
type Fault = (Option<usize>, Why);

enum Form {
    Yaml,
    Json,
    Java,
}

fn form(name: &str, text: &str) -> Form {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    match end.as_deref() {
        Some("yaml" | "yml") => Form::Yaml,
        Some("json") => Form::Json,
        Some("properties") => Form::Java,
        // Neither can begin a line of Java's form that somebody would write.
        Some(_) | None if text.trim_start().starts_with('{') => Form::Json,
        Some(_) | None if text.starts_with("---") => Form::Yaml,
        Some(_) | None => Form::Java,
    }
}

#[cfg(test)]
mod tests;
