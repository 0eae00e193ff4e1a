//! What is wrong in a file: what, where, how to mend it.

use std::fmt;

use super::ObjectKey;

/// Whether the object is used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The object is used.
    Warning,
    /// The object is not used; where [`Problem::object`] is `None`, nothing of the document is.
    Error,
}

/// One thing that is wrong in one file.
///
/// Its text form is `file:line: field: message`, and below it, indented, how to mend it and what stays in force.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// Path of the file, as it was given.
    pub file: String,
    /// Line, from 1; 0: the file as a whole.
    pub line: u32,
    /// Column in characters, from 1, where the text itself is broken.
    pub column: Option<u32>,
    /// Field as `kubectl` writes it, such as `spec.rules[0].host`; empty where no field is concerned.
    pub field: String,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// How to mend it, and what stays in force: whole sentences.
    pub help: Option<String>,
    /// Whether the object is used all the same.
    pub severity: Severity,
    /// The object that it is in, where that much could be read.
    pub object: Option<ObjectKey>,
}

impl Problem {
    /// A problem that keeps its object from being used.
    #[must_use]
    pub fn error(file: &str, line: u32, field: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: None,
            field: field.to_owned(),
            message: message.into(),
            help: None,
            severity: Severity::Error,
            object: None,
        }
    }

    /// A problem that its object is used in spite of.
    pub(crate) fn warning(file: &str, line: u32, field: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, line, field, message) }
    }

    /// The same with one more sentence of help.
    #[must_use]
    pub fn with_help(mut self, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        self.help = Some(match self.help {
            Some(help) => format!("{help}  {sentence}"),
            None => sentence,
        });
        self
    }

    /// The same, in `object`.
    #[must_use]
    pub fn in_object(mut self, object: ObjectKey) -> Self {
        self.object = Some(object);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        f.write_str(": ")?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n   {help}"),
            None => Ok(()),
        }
    }
}
