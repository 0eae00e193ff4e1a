//! What a replay tells, for people. Pure.

use std::fmt::Write;

use weir_api::status::ReleaseOutcome;
use weir_controller::replay::{Rates, Truth};
use weir_controller::report::{First, Said};
use weir_judge::Decision;

use super::{Rejudged, Told, Unused, span};
use crate::progress::words::count;

/// A line for each release, both rates, and what was left out.
pub(super) fn of(told: &Told) -> String {
    let Told { old, new, releases, left_out, errors: _ } = told;
    let mut text = String::new();
    if releases.is_empty() {
        text.push_str("there is no release to judge again\n");
    } else {
        table(&mut text, releases, new.is_some());
        text.push('\n');
        match new {
            None => rates(&mut text, "settings of the releases", old),
            Some(new) => {
                rates(&mut text, "old settings", old);
                rates(&mut text, "new settings", new);
            }
        }
    }
    for Unused { report, reason } in left_out {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "left out: {report}: {reason}");
    }
    text
}

fn table(text: &mut String, releases: &[Rejudged], has_new: bool) {
    let row = |release: &Rejudged| {
        let mut row = vec![
            format!("{}/{}", release.canary, release.release),
            outcome(release),
            release.truth.map_or("-", worth).to_owned(),
            said(&release.old),
        ];
        row.extend(release.new.as_ref().map(said));
        row
    };
    let settings: &[&str] = if has_new { &["OLD SETTINGS", "NEW SETTINGS"] } else { &["SETTINGS"] };
    let head = ["RELEASE", "OUTCOME", "WORTH"].iter().chain(settings).map(ToString::to_string).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(releases.iter().map(row)).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("   ").trim_end());
        text.push('\n');
    }
}

fn outcome(release: &Rejudged) -> String {
    let phase = || release.phase.as_str().to_lowercase();
    release.outcome.as_ref().map_or_else(phase, ReleaseOutcome::to_string)
}

fn worth(truth: Truth) -> &'static str {
    match truth {
        Truth::Good => "good",
        Truth::Bad => "bad",
    }
}

fn said(said: &Said) -> String {
    let first = |word: &str, first: Option<First>| {
        first.map(|First { canary_request, canary_errors: _, after_seconds }| {
            format!("{word} at request {}, {}", count(canary_request), span(after_seconds))
        })
    };
    let at = match said.decision {
        Decision::Fail => first("fail", said.fail),
        Decision::Pass => first("pass", said.pass),
        Decision::Insufficient => Some(format!("undecided after {} requests", count(said.canary_requests))),
        Decision::NoData => None,
    };
    at.unwrap_or_else(|| "no requests".to_owned())
}

fn rates(text: &mut String, whose: &str, rates: &Rates) {
    let Rates { false_aborts, good, missed_regressions, undecided, bad } = rates;
    let _ = write!(
        text,
        "{whose}: false aborts {false_aborts} of {good}, missed regressions {missed_regressions} of {bad}"
    );
    if *undecided > 0 {
        let _ = write!(text, " ({undecided} undecided where the record ends)");
    }
    text.push('\n');
}
