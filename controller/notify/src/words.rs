//! An event for people: a headline, and facts.

use std::time::Duration;

use crate::event::{Event, Fact, Subject, What};

/// Letters of a commit's hash that are shown.
const SHOWN_OF_COMMIT: usize = 12;

/// What happened to what, in a few words, on one line.
#[must_use]
pub fn headline(event: &Event) -> String {
    let (whose, what) = match &event.subject {
        Subject::Run(run) => match &run.stage {
            Some(stage) => (format!("{}: stage {}", run.run, stage.name), verb(event.what, "a judgment")),
            None => (run.run.clone(), verb(event.what, "a judgment")),
        },
        Subject::Release(release) => {
            let whose = format!("{}/{}: release of {}", release.namespace, release.name, release.version);
            (whose, verb(event.what, "an approval"))
        }
    };
    let after = took(event).map(|took| format!(" after {took}")).unwrap_or_default();
    one_line(&format!("{whose} {what}{after}"))
}

fn verb(what: What, wanted: &str) -> String {
    match what {
        What::Started => "has begun".to_owned(),
        What::Waiting => format!("waits for {wanted}"),
        What::Succeeded => "succeeded".to_owned(),
        What::Failed => "failed".to_owned(),
        What::Canceled => "was canceled".to_owned(),
    }
}

/// A sign of it, for where there is no colour.
#[must_use]
pub const fn sign(what: What) -> &'static str {
    match what {
        What::Started => "▶",
        What::Waiting => "✋",
        What::Succeeded => "✅",
        What::Failed => "❌",
        What::Canceled => "⏹",
    }
}

/// Everything else that there is to say, in its order: words of the user's own, why, what failed.
#[must_use]
pub fn body(event: &Event) -> Vec<String> {
    let failed = event.failed.iter().map(|Fact { name, reason }| format!("{name}: {reason}"));
    // The reason of a run is mostly that of its stage.
    let said_already = |reason: &&String| event.failed.iter().all(|fact| !reason.contains(&fact.reason));
    let reason = event.reason.iter().filter(said_already).cloned();
    event.message.iter().cloned().chain(reason).chain(failed).collect()
}

/// What started it, a part each.
#[must_use]
pub fn origin(event: &Event) -> Vec<String> {
    let origin = &event.origin;
    let commit =
        origin.commit.as_ref().map(|commit| commit.chars().take(SHOWN_OF_COMMIT).collect::<String>());
    let parts = [
        origin.repository.clone(),
        origin.branch.clone(),
        commit.map(|commit| format!("commit {commit}")),
        origin.by.as_ref().map(|by| format!("by {by}")),
    ];
    parts.into_iter().flatten().map(|part| one_line(&part)).collect()
}

/// How long it took, where it is over.
#[must_use]
pub fn took(event: &Event) -> Option<String> {
    let is_over = matches!(event.what, What::Succeeded | What::Failed | What::Canceled);
    let took = event.at.duration_since(event.began.filter(|_| is_over)?);
    Some(length(took.try_into().unwrap_or(Duration::ZERO)))
}

/// The two largest units of a length of time.
fn length(took: Duration) -> String {
    let seconds = took.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let seconds = seconds % 60;
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {seconds}s"),
        (0, ..) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

/// The text as one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text of at most `most` characters, with a sign where some are missing.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{cut, length};

    #[test]
    fn a_length_has_its_two_largest_units() {
        for (seconds, told) in [(0, "0s"), (59, "59s"), (125, "2m 5s"), (3_600, "1h 0m"), (90_000, "1d 1h")] {
            assert_eq!(length(Duration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!((cut("größe", 5), cut("größen", 5)), ("größe".to_owned(), "größ…".to_owned()));
    }
}
