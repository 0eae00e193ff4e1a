//! A file as it was read, and how much of it is taken in.

use crate::error::{Error, Fault, Place};

/// A file's content under the name that errors show.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its path, or what was asked: `target/junit.xml`, `api/ce/task`.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What is read at most. More of a file is an error, more of what is in it is counted and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file; 64 MiB.
    pub file_bytes: usize,
    /// Elements or subtests that stand in one another; 64.
    pub depth: usize,
    /// Cases of tests, and issues of lint, that are kept: so many that passed or were skipped, and so many of the others; 10,000.
    pub cases: usize,
    /// Lines and branches of a coverage, all files together; 2,000,000.
    pub lines: usize,
    /// Bytes of a name or a message; 1 KiB.
    pub text_bytes: usize,
    /// Bytes of a stack trace or another detail; 4 KiB.
    pub detail_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            depth: 64,
            cases: 10_000,
            lines: 2_000_000,
            text_bytes: 1 << 10,
            detail_bytes: 4 << 10,
        }
    }
}

impl<'a> Source<'a> {
    /// A file under the name that errors show.
    #[must_use]
    pub const fn new(name: &'a str, bytes: &'a [u8]) -> Self {
        Self { name, bytes }
    }

    /// The file's text, without a byte order mark. An empty file is an error: `expected` says what should have been in it.
    pub(crate) fn text(&self, limits: &Limits, expected: &'static str) -> Result<&'a str, Error> {
        let (bytes, most) = (self.bytes.len(), limits.file_bytes);
        if bytes > most {
            return Err(self.error(Fault::TooLarge { bytes, most }));
        }
        let text = std::str::from_utf8(self.bytes)
            .map_err(|error| self.error_at(error.valid_up_to(), Fault::Encoding))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(self.error(Fault::Empty { expected }));
        }
        Ok(text)
    }

    /// An error about the whole file.
    pub(crate) fn error(&self, fault: Fault) -> Error {
        Error { place: Place { file: self.name.to_owned(), line: None, column: None }, fault }
    }

    /// An error in a line, from 1.
    pub(crate) fn error_in_line(&self, line: usize, fault: Fault) -> Error {
        Error { place: Place { file: self.name.to_owned(), line: Some(line), column: None }, fault }
    }

    /// An error at a byte. The line is counted only now, when there is one to show.
    pub(crate) fn error_at(&self, offset: usize, fault: Fault) -> Error {
        let (line, column) = self.position(offset);
        Error { place: Place { file: self.name.to_owned(), line: Some(line), column: Some(column) }, fault }
    }

    /// Line and column of a byte, from 1; columns are bytes.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.bytes.get(..offset).unwrap_or(self.bytes);
        let line = before.split(|byte| *byte == b'\n').count();
        let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        (line, before.len() - begin + 1)
    }
}
