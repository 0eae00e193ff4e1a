//! What is wrong with a trigger: where, what, and how to mend it.

use std::fmt;

use serde::Serialize;

/// One problem. It reads as one sentence: `triggers[0].cron.schedule: "61 * * * *" is no schedule: ...`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field, as a path from the definition's root.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.path, self.what, self.mend)
    }
}

impl std::error::Error for Problem {}
