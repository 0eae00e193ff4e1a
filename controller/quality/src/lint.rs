//! What linters found: issues, and how many of which severity.

use serde::Serialize;

use crate::excerpt;
use crate::source::Limits;

pub mod checkstyle;
pub mod eslint;

/// All that one or several files say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LintReport {
    /// Errors, also those that are not kept.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Issues, errors and warnings each up to the limit of cases.
    pub issues: Vec<Issue>,
    /// Issues that are counted and not kept.
    pub left_out: u64,
}

/// Something that a linter does not like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The file.
    pub file: String,
    /// Line, from 1; `None`: it is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// How bad it is.
    pub severity: Severity,
    /// The rule, as the linter calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What it says.
    pub message: String,
}

/// How bad an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It may stay.
    Warning,
    /// It may not.
    Error,
}

impl LintReport {
    /// Adds what another file says.
    pub fn merge(&mut self, other: Self, limits: &Limits) {
        let Self { errors, warnings, issues, left_out } = other;
        let sums = (self.errors + errors, self.warnings + warnings);
        for issue in issues {
            self.add(issue, limits);
        }
        (self.errors, self.warnings) = sums;
        self.left_out += left_out;
    }

    fn add(&mut self, issue: Issue, limits: &Limits) {
        let count = match issue.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        // All of a severity that came before are kept, up to the limit, unless some were left out before they were put together.
        if usize::try_from(*count).is_ok_and(|count| count <= limits.cases) {
            self.issues.push(issue);
        } else {
            self.left_out += 1;
        }
    }
}

impl Issue {
    fn new(
        file: &str,
        line: Option<u64>,
        severity: Severity,
        rule: &str,
        message: &str,
        limits: &Limits,
    ) -> Self {
        let most = limits.text_bytes;
        let [file, rule, message] = [file, rule, message].map(|text| excerpt::line(text, most));
        Self { file, line, severity, rule, message }
    }
}
