//! A name or key that is not there, and what was meant by it.

use std::fmt;

use crate::span::Span;
use crate::suggestion;

/// What was looked for, where, and what is there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    key: String,
    within: Option<String>,
    hint: String,
    pub(crate) span: Span,
}

/// Longest name that is repeated in a message, characters.
const MOST_SHOWN: usize = 80;

impl Missing {
    /// A key of the map that `within` reads as; `None`: a name of the expression's own.
    pub(crate) fn new<'n>(
        key: &str,
        within: Option<&str>,
        names: impl IntoIterator<Item = &'n str> + Clone,
        span: Span,
    ) -> Self {
        let within = within.map(|within| clip(within.trim()));
        Self { key: clip(key), within, hint: suggestion::hint(key, names), span }
    }

    /// The name or key, as it was written.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.within {
            Some(within) => write!(f, "no key {:?} in {within}{}", self.key, self.hint),
            None => write!(f, "nothing is called {:?} here{}", self.key, self.hint),
        }
    }
}

/// The beginning of a text, for a message.
pub(crate) fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(MOST_SHOWN).collect();
    if clipped.len() < text.len() {
        clipped.push('…');
    }
    clipped
}
