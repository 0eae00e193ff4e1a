//! Results as lines for a terminal or a log: what is bad first, then sums.

use std::fmt::Write;

use crate::coverage::{Summary, Totals};
use crate::gate::{GateResult, Status, Verdict};
use crate::lint::{Issue, LintReport, Severity};
use crate::metric::Value;
use crate::report::{Case, Counts, Suite, TestReport};

/// At most `most` tests that failed, each with its message and place, and the counts.
#[must_use]
pub fn tests(report: &TestReport, most: usize) -> String {
    let mut out = String::new();
    let bad = report.cases().filter(|(_, case)| case.outcome.is_bad());
    for (suite, case) in bad.take(most) {
        line(&mut out, &format!("FAIL  {}", full_name(suite, case)));
        if !case.message.is_empty() {
            line(&mut out, &format!("      {}", case.message));
        }
        if let Some(location) = &case.location {
            line(&mut out, &format!("      at {location}"));
        }
    }
    let Counts { passed, failed, errored, skipped, flaky } = report.counts;
    let shown = u64::try_from(most).unwrap_or(u64::MAX);
    let more = (failed + errored).saturating_sub(shown);
    if more > 0 {
        line(&mut out, &format!("      and {more} more"));
    }
    let flaky = if flaky > 0 { format!(" ({flaky} when repeated)") } else { String::new() };
    let run = report.counts.run();
    let sum =
        format!("{run} tests: {passed} passed{flaky}, {failed} failed, {errored} errors, {skipped} skipped");
    line(&mut out, if run + skipped == 0 { "no tests: the report has none" } else { &sum });
    out
}

/// The sum of a coverage, and at most `most` files, the least covered first.
#[must_use]
pub fn coverage(summary: &Summary, most: usize) -> String {
    let mut out = String::new();
    let mut files: Vec<_> =
        summary.files.iter().filter(|(_, totals)| totals.all().0 < totals.all().1).collect();
    files.sort_by_key(|(path, totals)| (share(totals.all()).map_or(0, |(tenths, _)| tenths), *path));
    for (path, totals) in files.into_iter().take(most) {
        line(
            &mut out,
            &format!("{:>7}  {path}", share(totals.all()).map_or_else(String::new, |(_, text)| text)),
        );
    }
    let Totals { lines, covered_lines, branches, covered_branches } = summary.totals;
    let Some((_, all)) = share(summary.totals.all()) else {
        line(&mut out, "no coverage: the report has no lines");
        return out;
    };
    let sum = format!(
        "coverage {all}: {covered_lines} of {lines} lines, {covered_branches} of {branches} branches, in {} files",
        summary.files.len()
    );
    line(&mut out, &sum);
    out
}

/// At most `most` issues, errors first, and the sums.
#[must_use]
pub fn lint(report: &LintReport, most: usize) -> String {
    let mut out = String::new();
    let (errors, warnings): (Vec<_>, Vec<_>) =
        report.issues.iter().partition(|issue| issue.severity == Severity::Error);
    for Issue { file, line: number, severity, rule, message } in errors.into_iter().chain(warnings).take(most)
    {
        let place = number.map_or_else(|| file.clone(), |number| format!("{file}:{number}"));
        let word = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let rule = if rule.is_empty() { String::new() } else { format!(" ({rule})") };
        line(&mut out, &format!("{place}: {word}: {message}{rule}"));
    }
    line(&mut out, &format!("{} lint errors, {} warnings", report.errors, report.warnings));
    out
}

/// Every project's conditions, those that do not hold first, and the verdict.
#[must_use]
pub fn gate(result: &GateResult) -> String {
    let mut out = String::new();
    for project in &result.projects {
        line(&mut out, &format!("{}: {}", project.project, verdict(project.verdict)));
        let mut conditions: Vec<_> = project.conditions.iter().collect();
        conditions.sort_by_key(|condition| match condition.status {
            Status::Error => 0,
            Status::NoValue => 1,
            Status::Warn => 2,
            Status::Ok => 3,
        });
        for condition in conditions {
            let word = match condition.status {
                Status::Ok => "ok",
                Status::Warn => "warn",
                Status::Error => "FAIL",
                Status::NoValue => "none",
            };
            line(&mut out, &format!("  {word:<5} {}", condition.sentence));
        }
        project.notes.iter().for_each(|note| line(&mut out, &format!("  note  {note}")));
    }
    line(&mut out, &format!("quality gate: {}", verdict(result.verdict)));
    out
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "passed",
        Verdict::Warn => "passed with warnings",
        Verdict::None => "no result",
        Verdict::Error => "failed",
    }
}

fn share((part, whole): (u64, u64)) -> Option<(u16, String)> {
    match Value::share(part, whole)? {
        value @ Value::Share(tenths) => Some((tenths, value.to_string())),
        Value::Count(_) => None,
    }
}

fn full_name(suite: &Suite, case: &Case) -> String {
    let parts = [Some(suite.name.as_str()), case.class.as_deref(), Some(case.name.as_str())];
    let mut said: Vec<&str> = Vec::new();
    for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
        if said.last() != Some(&part) {
            said.push(part);
        }
    }
    said.join(" › ")
}

fn line(out: &mut String, text: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{text}");
}
