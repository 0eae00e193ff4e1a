//! ESLint's JSON: `eslint -f json`.
//!
//! `[{"filePath", "messages": [{"ruleId", "severity": 1 | 2, "fatal", "message", "line"}]}]`, a file that has no issues among them.
//! <https://eslint.org/docs/latest/use/formatters/#json>. What was suppressed is no issue; what could not be parsed is an error. The sums are
//! not read.

use serde::Deserialize;

use crate::error::{Error, Fault};
use crate::excerpt;
use crate::lint::{Issue, LintReport, Severity};
use crate::source::{Limits, Source};

const EXPECTED: &str = "ESLint (eslint -f json)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    file_path: String,
    messages: Vec<Reported>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    #[serde(default)]
    rule_id: Option<String>,
    severity: u8,
    #[serde(default)]
    fatal: bool,
    message: String,
    #[serde(default)]
    line: Option<u64>,
}

/// Reads ESLint's JSON.
///
/// # Errors
/// When it is no such JSON, or no file was looked at.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<LintReport, Error> {
    let text = source.text(limits, "the JSON of ESLint")?;
    let files: Vec<File> = serde_json::from_str(text).map_err(|error| {
        let what = excerpt::line(&error.to_string(), 200);
        source.error_in_line(error.line(), Fault::Json { expected: EXPECTED, what })
    })?;
    if files.is_empty() {
        let what = "no file was looked at: see which files ESLint is given";
        return Err(source.error(Fault::NoResult(what.to_owned())));
    }
    let mut report = LintReport::default();
    for File { file_path, messages } in files {
        for Reported { rule_id, severity, fatal, message, line } in messages {
            let severity = match severity {
                _ if fatal => Severity::Error,
                2 => Severity::Error,
                1 => Severity::Warning,
                other => {
                    let (field, found) = ("severity".to_owned(), other.to_string());
                    return Err(source.error(Fault::Value { field, found, expected: "1 or 2" }));
                }
            };
            let rule = rule_id.unwrap_or_default();
            report.add(Issue::new(&file_path, line, severity, &rule, &message, limits), limits);
        }
    }
    Ok(report)
}
