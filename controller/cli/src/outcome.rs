//! How releases ended, as a sentence and as a table. Pure.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;
use weir_api::status::ReleaseOutcome;

use crate::progress::words::{count, green, red, took};

/// How one release ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ending {
    /// Name of the release.
    pub(crate) release: String,
    /// How it ended.
    pub(crate) outcome: ReleaseOutcome,
    /// How it ought to have ended.
    pub(crate) expected: ReleaseOutcome,
    /// From its start to the decision, milliseconds.
    pub(crate) after_millis: u64,
    /// Why.
    pub(crate) reason: String,
    /// Users' requests that failed because of the canary.
    pub(crate) users_hit: u64,
    /// Users' requests that failed while it went on, as the users counted them.
    pub(crate) failed_requests: u64,
    /// Where the report lies.
    pub report: String,
    /// Where it lies as a page, if it could be drawn.
    pub page: Option<String>,
}

impl Ending {
    /// Whether it ended as it ought to.
    pub(crate) fn as_expected(&self) -> bool {
        self.outcome == self.expected
    }

    /// One sentence.
    pub(crate) fn sentence(&self, colour: bool) -> String {
        let after = Duration::from_millis(self.after_millis);
        let verdict = match self.outcome {
            ReleaseOutcome::Promoted => green("PROMOTED", colour),
            ReleaseOutcome::Aborted => red("ABORTED", colour),
        };
        format!(
            "{verdict} after {}: {}; {} user requests failed",
            took(after),
            self.reason,
            count(self.failed_requests)
        )
    }
}

/// Characters of a reason in the table.
const WIDEST_REASON: usize = 110;

/// What is particular in a reason: the part before the numbers says no more than the result does.
fn brief(reason: &str) -> &str {
    let after_lead = reason.split_once(": ").map_or(reason, |(_, particular)| particular);
    after_lead.split_once(';').map_or(after_lead, |(numbers, _)| numbers)
}

/// The table at the end, and where the reports lie.
pub(crate) fn table(endings: &[Ending], colour: bool) -> String {
    let widest = endings.iter().map(|ending| brief(&ending.reason).chars().count()).max().unwrap_or(0);
    let width = widest.clamp(7, WIDEST_REASON);
    let mut text =
        format!("{:<14} {:<9} {:>9} {:>13}   because\n", "release", "result", "after", "failed users");
    for ending in endings {
        let (word, paint): (_, fn(&str, bool) -> String) = match ending.outcome {
            ReleaseOutcome::Promoted => ("promoted", green),
            ReleaseOutcome::Aborted => ("aborted", red),
        };
        let unexpected = if ending.as_expected() { "" } else { "   (not as expected)" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<14} {} {:>9} {:>13}   {}{unexpected}",
            ending.release,
            paint(&format!("{word:<9}"), colour),
            took(Duration::from_millis(ending.after_millis)),
            count(ending.failed_requests),
            shorten(brief(&ending.reason), width),
        );
    }
    for ending in endings {
        let place = ending.page.as_ref().unwrap_or(&ending.report);
        let _ = writeln!(text, "report of {:<14} {place}", ending.release);
    }
    text
}

/// At most `width` characters, with an ellipsis where something is cut.
fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(3)).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use weir_api::status::ReleaseOutcome;

    use super::{Ending, table};

    #[test]
    fn a_release_that_ended_otherwise_than_it_ought_to_is_marked() {
        let ending = |outcome| Ending {
            release: "v2".to_owned(),
            outcome,
            expected: ReleaseOutcome::Promoted,
            after_millis: 58_000,
            reason: "errors: 21 % against 0 %".to_owned(),
            users_hit: 12,
            failed_requests: 12,
            report: "reports/v2.json".to_owned(),
            page: Some("reports/v2.html".to_owned()),
        };
        let text = table(&[ending(ReleaseOutcome::Promoted), ending(ReleaseOutcome::Aborted)], false);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(
            lines[1].contains("promoted")
                && lines[1].contains("58.0 s")
                && !lines[1].contains("not as expected")
        );
        assert!(lines[2].contains("aborted") && lines[2].contains("not as expected"));
        assert!(lines[4].contains("reports/v2.html"));
    }
}
