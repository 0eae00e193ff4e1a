//! What other systems say now against what they said before: what is news, and what to remember.
//!
//! All of them are functions of what was remembered and what was answered. The first look only remembers: a trigger that is new does not start a
//! run for each of the past's branches. An answer that cannot be right (an empty list where there was a full one) is refused, and what was
//! remembered stays, because the next right answer would be news from its first line to its last.

pub mod git;
pub mod jenkins;
pub mod registry;

/// An answer that is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// A line that is none of the form.
    #[error("line {line} is not `<hash><tab><ref>`: {text:?}")]
    Line {
        /// From 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// Nothing where there was something.
    #[error("nothing is there, where there were {0} before: what is known stays as it is")]
    Empty(usize),
    /// More than can be remembered.
    #[error("there are more than {0}: narrow what is asked for")]
    TooMany(usize),
}
