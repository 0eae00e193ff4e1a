//! What is no expression.

use crate::suggestion;

/// Why a text cannot be read as an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    /// `${` without its `}`.
    #[error("the expression has no end: close it with }}")]
    Unclosed,
    /// `${ }`.
    #[error("the expression is empty")]
    Empty,
    /// `'abc`.
    #[error("the text in quotes has no end: close it with {0}")]
    Quote(char),
    /// `${ a ${b} }`.
    #[error("expressions do not stand in expressions: leave out the inner ${{ and }}")]
    Nested,
    /// A character that means nothing.
    #[error("{0:?} means nothing here")]
    Character(char),
    /// A number that is none.
    #[error("{0:?} is no number")]
    Number(String),
    /// Something else has to stand here.
    #[error("{found} stands here, and {wanted} is needed")]
    Expected {
        /// What would be right.
        wanted: &'static str,
        /// What there is.
        found: String,
    },
    /// `a = 1`.
    #[error("expressions change nothing: to compare, write ==")]
    Assignment,
    /// `a++`.
    #[error("expressions change nothing: write + 1 or - 1")]
    Increment,
    /// `@bean`.
    #[error("there are no beans here: write the value's own name, or #function(..)")]
    Bean,
    /// `a < b < c`.
    #[error("comparisons do not stand in a row: join them with `and`, or put brackets around one")]
    Row,
    /// `T(x)` that is not on the list.
    #[error("no class {name:?} may be used{hint}")]
    Class {
        /// Which.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
}

impl Syntax {
    pub(crate) fn class(name: &str) -> Self {
        let names = crate::classes::CLASSES.iter().map(|class| class.name);
        Self::Class { name: name.to_owned(), hint: suggestion::hint(name, names) }
    }
}
