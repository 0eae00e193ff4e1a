//! Which lines and branches the tests have run, file by file.
//!
//! Everything is kept by line, so that two reports about the same file can be put together without counting a line twice, and sums are made
//! of lines: what a report says in sum is not believed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Fault};
use crate::source::{Limits, Source};

pub mod cobertura;
pub mod jacoco;
pub mod lcov;
mod line;
mod path;

use line::Line;
pub use path::Root;

/// Lines and branches of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    files: BTreeMap<String, BTreeMap<u32, Line>>,
    /// Lines and branches that are kept.
    kept: usize,
}

/// How much of something is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Lines that can be run.
    pub lines: u64,
    /// Those that were.
    pub covered_lines: u64,
    /// Branches: ways on from a condition.
    pub branches: u64,
    /// Those that were taken.
    pub covered_branches: u64,
}

/// A coverage in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All files together.
    pub totals: Totals,
    /// Each of them, by path.
    pub files: BTreeMap<String, Totals>,
}

impl Coverage {
    /// Adds what another report says: a line is covered when one of them says so. Branches that have names (LCOV) are put together one by one;
    /// where there are only numbers, the greater one counts, which may be too few and never too many.
    ///
    /// # Errors
    /// When there are more lines than `limits` allow; `source` is what the error names.
    pub fn merge(&mut self, other: Self, source: Source<'_>, limits: &Limits) -> Result<(), Error> {
        for (path, lines) in other.files {
            for (number, line) in lines {
                self.add(&path, number, line, limits).map_err(|fault| source.error(fault))?;
            }
        }
        Ok(())
    }

    /// The numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (mut totals, mut files) = (Totals::default(), BTreeMap::new());
        for (path, lines) in &self.files {
            let mut of_file = Totals::default();
            for line in lines.values() {
                of_file.count(line);
            }
            totals.add(of_file);
            files.insert(path.clone(), of_file);
        }
        Summary { totals, files }
    }

    /// Adds a file, which may have no lines.
    fn file(&mut self, path: &str, limits: &Limits) -> Result<(), Fault> {
        if !self.files.contains_key(path) {
            self.take(1, limits)?;
            self.files.insert(path.to_owned(), BTreeMap::new());
        }
        Ok(())
    }

    /// Adds what is said about a line.
    fn add(&mut self, path: &str, number: u32, line: Line, limits: &Limits) -> Result<(), Fault> {
        self.file(path, limits)?;
        let Some(lines) = self.files.get_mut(path) else { return Ok(()) };
        let known = lines.entry(number).or_default();
        let before = known.size();
        known.merge(line);
        let grown = known.size().saturating_sub(before);
        self.take(grown, limits)
    }

    fn take(&mut self, count: usize, limits: &Limits) -> Result<(), Fault> {
        self.kept += count;
        let (what, most) = ("lines and branches", limits.lines);
        if self.kept > most { Err(Fault::TooMany { what, most }) } else { Ok(()) }
    }
}

impl Totals {
    /// Sonar's `coverage`: covered lines and branches in all lines and branches.
    /// <https://docs.sonarsource.com/sonarqube-server/user-guide/code-metrics/metrics-definition>
    #[must_use]
    pub const fn all(&self) -> (u64, u64) {
        (self.covered_lines + self.covered_branches, self.lines + self.branches)
    }

    fn count(&mut self, line: &Line) {
        let (covered, all) = line.branches();
        if line.is_code() {
            self.lines += 1;
            self.covered_lines += u64::from(line.is_covered());
        }
        self.branches += u64::from(all);
        self.covered_branches += u64::from(covered);
    }

    fn add(&mut self, other: Self) {
        let Self { lines, covered_lines, branches, covered_branches } = other;
        self.lines += lines;
        self.covered_lines += covered_lines;
        self.branches += branches;
        self.covered_branches += covered_branches;
    }
}
