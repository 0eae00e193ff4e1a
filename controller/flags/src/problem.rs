//! What is wrong with a flag: where, what, and how to mend it.

use std::fmt;

use serde::Serialize;

/// One problem. It reads as one sentence: `rules[2].variant: there is no variant "onn": did you mean "on"?`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field, as a path from the flag's `spec`.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// One of this place.
    #[must_use]
    pub fn new(path: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}: {}", self.path, self.what, self.mend)
    }
}

impl std::error::Error for Problem {}
