//! A file that names sources.
//!
//! ```text
//! entry  a source as it is written, and which fields each type has   pure
//! keys   keys of an AWS account in their file             pure
//! open   an entry and its secrets -> a source                        pure
//! ```

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use weir_api::manifest::{Problem, document};

use super::Sources;
use super::http::Retry;
use entry::Entry;

mod entry;
mod keys;
mod open;

/// Why a file names no sources.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{file} cannot be read: {reason}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
    /// It can be read.
    #[error("{}", Lines(.0))]
    Wrong(Vec<Problem>),
}

/// One below the other.
pub(crate) struct Lines<'a>(pub(crate) &'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if number > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

/// A place in an entry and what is wrong there.
type Fault = (&'static str, String);

/// The document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    sources: Vec<Entry>,
}

/// The sources that a file names. Files with secrets are named from its folder on.
///
/// # Errors
/// It cannot be read, or something in it is wrong.
pub fn load(path: &Path, retry: Retry) -> Result<Sources, FileError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| FileError::Unreadable { file: file.clone(), reason: error.to_string() })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let secret = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string());
    parse(&file, &text, retry, &secret)
}

/// The sources of a text. `secret` has the content of a file that it names, `file` is its own path, for messages.
///
/// # Errors
/// All that is wrong, each with its line.
pub fn parse(
    file: &str,
    text: &str,
    retry: Retry,
    secret: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Sources, FileError> {
    let (Document { sources: entries }, origin) = document(file, text).map_err(FileError::Wrong)?;
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let at = |field: &str| format!("sources[{number}].{field}");
        if sources.names().any(|(name, _)| name == entry.name) {
            problems.push(origin.error(&at("name"), format!("{} is there twice", entry.name)));
        }
        let mut faults = entry.faults();
        if faults.is_empty() {
            match open::add(sources.clone(), entry, retry, secret) {
                Ok(more) => sources = more,
                Err(fault) => faults.push(fault),
            }
        }
        problems.extend(faults.into_iter().map(|(field, what)| origin.error(&at(field), what)));
    }
    if entries.is_empty() {
        problems.push(origin.error("sources", "it names none"));
    }
    if problems.is_empty() { Ok(sources) } else { Err(FileError::Wrong(problems)) }
}

#[cfg(test)]
mod tests;
