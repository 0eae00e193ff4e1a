//! An expression that has no value: where, why, and what to do.

use std::fmt;

use crate::fault::Fault;
use crate::place::Place;
use crate::span::Span;

/// Why a text has no value, and which part of which of its expressions is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    place: Place,
    fault: Fault,
}

impl Error {
    /// Of an expression that is `whole` of `text`.
    pub(crate) fn new(text: &str, whole: Span, located: Located) -> Self {
        let Located { span, fault } = located;
        // The part that is not there is told better by where it was looked for than by where it was used.
        let missing = if let Fault::Missing(missing) = fault.as_ref() { Some(missing.span) } else { None };
        let span = missing.filter(|span| *span != Span::default()).unwrap_or(span);
        Self(Box::new(Inner { place: Place::new(text, whole, span), fault: *fault }))
    }

    /// The expression and the part that is at fault.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.0.place
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// Three or four lines: the expression, the place underlined, what is wrong and how to mend it.
    #[must_use]
    pub fn underlined(&self) -> String {
        let Inner { place, fault } = self.0.as_ref();
        let help = fault.help().map_or_else(String::new, |help| format!("\nhelp: {help}"));
        format!("{}\ncolumn {}: {fault}{help}", place.underlined(), place.column())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.place.expression(), self.0.fault)
    }
}

impl std::error::Error for Error {}

/// A fault with its part of the text.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) span: Span,
    pub(crate) fault: Box<Fault>,
}

impl Fault {
    pub(crate) fn at(self, span: Span) -> Located {
        Located { span, fault: Box::new(self) }
    }
}
