//! How the release of a Canary stands, by its status.

use serde_json::Value;

/// How a release stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// The controller has not looked at what was written.
    Unseen,
    /// It goes on: where it stands, in the controller's words.
    GoesOn(String),
    /// Production runs it.
    Promoted(String),
    /// It was given up, and cleaned up: why.
    Aborted(String),
    /// It cannot even begin: why.
    Refused(String),
}

/// How the release of `image` called `name` stands. A directory has no generations: there the last status counts, whatever it is about.
#[must_use]
pub fn release(canary: &Value, image: &str, name: &str) -> Release {
    let text = |pointer: &str| canary.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let number = |pointer: &str| canary.pointer(pointer).and_then(Value::as_i64);
    let is_seen = match (number("/metadata/generation"), number("/status/observedGeneration")) {
        (Some(written), seen) => seen >= Some(written),
        (None, _) => canary.get("status").is_some(),
    };
    let message = text("/status/message").to_owned();
    if !is_seen {
        return Release::Unseen;
    }
    if message.starts_with("cannot be followed") {
        return Release::Refused(message);
    }
    let is_about = text("/status/release/image") == image && text("/status/release/name") == name;
    let is_over = !text("/status/release/finishedAt").is_empty();
    let reason = || text("/status/release/reason").to_owned();
    match text("/status/release/outcome") {
        "promoted" if is_about && is_over => Release::Promoted(reason()),
        "aborted" if is_about && is_over => Release::Aborted(reason()),
        // Nothing is released, as production runs it.
        "" | "promoted" | "aborted"
            if !is_about && text("/status/stable/image") == image && is_over_or_none(canary) =>
        {
            Release::Promoted("production runs it already".to_owned())
        }
        // What became of another release is no news of this one.
        _ if !is_about && ["promoted", "aborted"].iter().any(|ended| message.starts_with(ended)) => {
            Release::GoesOn("the controller is about to begin".to_owned())
        }
        _ => Release::GoesOn(message),
    }
}

/// Whether no release goes on.
fn is_over_or_none(canary: &Value) -> bool {
    canary.pointer("/status/release").is_none_or(|release| release.get("finishedAt").is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Release, release};

    fn canary(generation: i64, status: &Value) -> Value {
        json!({"metadata": {"generation": generation}, "status": status})
    }

    #[test]
    fn a_release_is_over_when_nothing_is_left_to_do() {
        let of = |outcome: Option<&str>, finished: Option<&str>| {
            let status = json!({
                "observedGeneration": 2, "message": "step 1 of 3",
                "release": {"image": "api:2", "name": "two", "outcome": outcome, "finishedAt": finished, "reason": "well"},
            });
            release(&canary(2, &status), "api:2", "two")
        };
        assert_eq!(of(None, None), Release::GoesOn("step 1 of 3".to_owned()));
        assert_eq!(of(Some("promoted"), None), Release::GoesOn("step 1 of 3".to_owned()));
        assert_eq!(of(Some("promoted"), Some("2026-01-01T00:00:00Z")), Release::Promoted("well".to_owned()));
        assert_eq!(of(Some("aborted"), Some("2026-01-01T00:00:00Z")), Release::Aborted("well".to_owned()));
    }

    #[test]
    fn what_is_said_of_another_release_or_of_what_was_written_before_does_not_count() {
        let over = json!({"image": "api:1", "name": "n", "outcome": "aborted", "finishedAt": "2026-01-01T00:00:00Z"});
        let status = json!({"observedGeneration": 1, "release": over, "message": "m"});
        assert_eq!(release(&canary(2, &status), "api:1", "n"), Release::Unseen);
        assert_eq!(release(&canary(1, &status), "api:2", "n"), Release::GoesOn("m".to_owned()));
        assert_eq!(release(&canary(1, &status), "api:1", "once more"), Release::GoesOn("m".to_owned()));
        let ended = json!({"observedGeneration": 1, "release": over, "message": "promoted: well"});
        let begins = Release::GoesOn("the controller is about to begin".to_owned());
        assert_eq!(release(&canary(1, &ended), "api:2", "n"), begins);
        assert_eq!(release(&canary(1, &status), "api:1", "n"), Release::Aborted(String::new()));
        assert_eq!(release(&json!({"metadata": {}}), "api:2", "n"), Release::Unseen);
        let refused = json!({"observedGeneration": 1, "message": "cannot be followed: no Service"});
        assert_eq!(
            release(&canary(1, &refused), "api:2", "n"),
            Release::Refused("cannot be followed: no Service".to_owned())
        );
        let runs = json!({"observedGeneration": 1, "stable": {"image": "api:2"}, "message": ""});
        assert_eq!(
            release(&canary(1, &runs), "api:2", "n"),
            Release::Promoted("production runs it already".to_owned())
        );
    }
}
