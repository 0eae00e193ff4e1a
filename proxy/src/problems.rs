//! What is wrong with what the proxy was given, at this moment, with its place. Shown at `/debug/problems` and counted in `/metrics`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that was asked for is not served.
    Error,
    /// Served, but not quite as written.
    Warning,
}

impl Severity {
    /// Its name in metric labels.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One fault in what the proxy was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, or the object where there is no file.
    pub file: String,
    /// Line in the file, from 1; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1, where the text itself is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The field as kubectl writes it; empty for the whole file.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it, or what stays in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity: _, file, line, column, field, message, help } = self;
        f.write_str(file)?;
        for number in line.iter().chain(column) {
            write!(f, ":{number}")?;
        }
        if !field.is_empty() {
            write!(f, ": {field}")?;
        }
        write!(f, ": {message}")?;
        help.as_ref().map_or(Ok(()), |help| write!(f, "\n   {help}"))
    }
}

/// Where problems come from; each source replaces its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// Objects, read and compiled.
    Objects,
    /// Certificate files.
    Tls,
}

/// Every problem there is now.
#[derive(Debug, Default)]
pub(crate) struct Problems(Mutex<BTreeMap<Source, Vec<Problem>>>);

impl Problems {
    /// Replaces the problems of one source and logs those that are new.
    pub(crate) fn replace(&self, source: Source, problems: Vec<Problem>) {
        let mut all = self.lock();
        let before = all.get(&source).map(Vec::as_slice).unwrap_or_default();
        for problem in problems.iter().filter(|problem| !before.contains(problem)) {
            match problem.severity {
                Severity::Error => tracing::error!("{problem}"),
                Severity::Warning => tracing::warn!("{problem}"),
            }
        }
        for gone in before.iter().filter(|problem| !problems.contains(problem)) {
            tracing::info!(file = gone.file, field = gone.field, "solved: {}", gone.message);
        }
        all.insert(source, problems);
    }

    /// All of them, errors first.
    pub(crate) fn all(&self) -> Vec<Problem> {
        let mut all: Vec<Problem> = self.lock().values().flatten().cloned().collect();
        all.sort();
        all
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Source, Vec<Problem>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
