//! Why a file is not read: where, what is wrong, and how to mend it.

use std::fmt;

use serde::Serialize;

/// One fault of one file. It reads as one line: `junit.xml:3:5: <testcase> has no name: ...`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct Error {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// A place in a file, as compilers write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// Line, from 1; `None`: it is about the whole file.
    pub line: Option<usize>,
    /// Column, in bytes, from 1; `None`: it is about the whole line.
    pub column: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is larger than the caller allows.
    #[error("the file has {bytes} bytes, and {most} are read at most: write several smaller reports")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// Nothing is in the file. That is no report with nothing bad in it.
    #[error(
        "the file is empty, and {expected} is expected: no result is no pass; see whether the step that writes it has run"
    )]
    Empty {
        /// What should be in it.
        expected: &'static str,
    },
    /// The file is text in another encoding, or no text.
    #[error("this is not UTF-8: let the tool write its report in UTF-8")]
    Encoding,
    /// It is not XML.
    #[error("this is no well-formed XML: {0}")]
    Markup(String),
    /// It is XML with entities of its own, which can be made to grow without end.
    #[error(
        "a DOCTYPE with declarations of its own is not read: let the tool write the report without what is in [ ]"
    )]
    Declarations,
    /// Things stand in one another too deeply.
    #[error("more than {most} elements stand in one another: no report is as deep")]
    Depth {
        /// The limit.
        most: usize,
    },
    /// The file ends too early.
    #[error(
        "the file ends within <{element}>, which begins in line {line}: it was not written to its end; see whether the tool was stopped"
    )]
    Cut {
        /// The innermost element that is open.
        element: String,
        /// Where it begins.
        line: usize,
    },
    /// It is a report of another kind, or none.
    #[error("<{found}> is found where {expected} is expected: see whether this is the right file")]
    Kind {
        /// The element at the root.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// An element lacks what it is about.
    #[error("<{element}> has no {attribute}")]
    Missing {
        /// The element.
        element: String,
        /// Its attribute.
        attribute: &'static str,
    },
    /// A value cannot be read.
    #[error("{field} is {found:?}, and {expected} is expected")]
    Value {
        /// What it is the value of.
        field: String,
        /// What is written, shortened.
        found: String,
        /// What should be.
        expected: &'static str,
    },
    /// A line cannot be read.
    #[error("{found:?} is found where {expected} is expected")]
    Line {
        /// What is written, shortened.
        found: String,
        /// What should be.
        expected: &'static str,
    },
    /// There is too much in it.
    #[error("there are more than {most} {what}: give several smaller reports to several gates")]
    TooMany {
        /// What.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// It is not the JSON that is expected.
    #[error("this is not the JSON of {expected}: {what}")]
    Json {
        /// What should be.
        expected: &'static str,
        /// What the parser says.
        what: String,
    },
    /// It is a document of the right kind that has no result.
    #[error("{0}")]
    NoResult(String),
    /// The server has answered with errors.
    #[error("the server says: {0}")]
    Refused(String),
}
