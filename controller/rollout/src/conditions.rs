//! Where a release stands, in the form that programs wait for: `kubectl wait --for=condition=Promoted`.
//!
//! ```text
//! Ready         the Canary is followed
//! Progressing   a release is in progress
//! Paused        and waits for somebody
//! Promoted      production runs what was released last
//! ```
//! Invariant: they change only when the state or the generation does, so that at rest nothing is written.

use weir_api::Timestamp;
use weir_api::status::{CanaryStatus, Condition, ConditionStatus, Phase, ReleaseOutcome};

/// Reason of a Canary that is followed.
const FOLLOWED: &str = "Followed";
/// Reason of one that is not.
const REFUSED: &str = "Refused";

/// The conditions of a status that is otherwise complete, after those of `before`.
#[must_use]
pub fn conditions(status: &CanaryStatus, before: &[Condition], now: Timestamp) -> Vec<Condition> {
    let phase = format!("{:?}", status.phase);
    let outcome = status.release.as_ref().and_then(|release| release.outcome);
    let promoted = match (status.phase, outcome) {
        (_, None) if !status.phase.is_going_on() => ConditionStatus::Unknown,
        (Phase::Promoted, _) => ConditionStatus::True,
        (_, Some(ReleaseOutcome::Promoted | ReleaseOutcome::Aborted) | None) => ConditionStatus::False,
    };
    let said = [
        ("Ready", ConditionStatus::True, FOLLOWED),
        ("Progressing", holds(status.phase.is_going_on()), phase.as_str()),
        ("Paused", holds(status.phase == Phase::Paused), phase.as_str()),
        ("Promoted", promoted, phase.as_str()),
    ];
    let condition = |(kind, holds, reason): (&str, ConditionStatus, &str)| {
        let message = if kind == "Ready" { String::new() } else { status.message.clone() };
        one(before, (kind, holds, reason), message, status.observed_generation, now)
    };
    said.into_iter().map(condition).collect()
}

/// The same for a Canary that cannot be followed: what else was so stays as it was seen last.
#[must_use]
pub fn refused(
    before: &[Condition],
    problem: &str,
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    let ready = one(before, ("Ready", ConditionStatus::False, REFUSED), problem.to_owned(), generation, now);
    let others = before.iter().filter(|condition| condition.kind != "Ready").cloned();
    std::iter::once(ready).chain(others).collect()
}

fn holds(holds: bool) -> ConditionStatus {
    if holds { ConditionStatus::True } else { ConditionStatus::False }
}

fn one(
    before: &[Condition],
    (kind, status, reason): (&str, ConditionStatus, &str),
    message: String,
    observed_generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    let same = before.iter().find(|condition| condition.kind == kind && condition.status == status);
    Condition {
        kind: kind.to_owned(),
        status,
        observed_generation,
        last_transition_time: same.map_or(now, |condition| condition.last_transition_time),
        reason: reason.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::{conditions, refused};
    use weir_api::Timestamp;
    use weir_api::status::{CanaryStatus, Condition, ConditionStatus, Phase, ReleaseOutcome};

    fn status(phase: Phase, outcome: Option<ReleaseOutcome>) -> CanaryStatus {
        let release = serde_json::json!({
            "name": "v2", "image": "shop:2", "revision": "0a", "startedAt": "2026-01-01T00:00:00Z", "outcome": outcome,
        });
        CanaryStatus {
            phase,
            release: (phase != Phase::Idle).then(|| serde_json::from_value(release).unwrap()),
            observed_generation: Some(3),
            ..CanaryStatus::default()
        }
    }

    fn holds(conditions: &[Condition]) -> Vec<ConditionStatus> {
        conditions.iter().map(|condition| condition.status).collect()
    }

    #[test]
    fn each_phase_says_what_can_be_waited_for() {
        use ConditionStatus::{False, True, Unknown};
        use ReleaseOutcome::{Aborted, Promoted};
        for (phase, outcome, expected) in [
            (Phase::Idle, None, [True, False, False, Unknown]),
            (Phase::Starting, None, [True, True, False, False]),
            (Phase::Progressing, None, [True, True, False, False]),
            (Phase::Paused, None, [True, True, True, False]),
            (Phase::Promoting, None, [True, True, False, False]),
            (Phase::Watching, None, [True, True, False, False]),
            (Phase::Returning, Some(Aborted), [True, True, False, False]),
            (Phase::Draining, Some(Promoted), [True, True, False, False]),
            (Phase::Draining, Some(Aborted), [True, True, False, False]),
            (Phase::Promoted, Some(Promoted), [True, False, False, True]),
            (Phase::Aborted, Some(Aborted), [True, False, False, False]),
        ] {
            let said = conditions(&status(phase, outcome), &[], Timestamp::from_unix_micros(0));
            assert_eq!(holds(&said), expected, "{phase:?}");
            assert!(said.iter().all(|condition| condition.observed_generation == Some(3)));
        }
    }

    #[test]
    fn a_time_is_that_of_the_last_change() {
        let at = Timestamp::from_unix_micros;
        let times = |conditions: &[Condition]| -> Vec<i64> {
            conditions.iter().map(|condition| condition.last_transition_time.unix_micros()).collect()
        };
        let first = conditions(&status(Phase::Starting, None), &[], at(1));
        let second = conditions(&status(Phase::Paused, None), &first, at(2));
        assert_eq!(times(&second), [1, 1, 2, 1]);
        let third = refused(&second, "no Service", Some(4), at(3));
        assert_eq!(times(&third), [3, 1, 2, 1]);
        assert_eq!((third[0].status, third[0].reason.as_str()), (ConditionStatus::False, "Refused"));
        assert_eq!(refused(&third, "no Service", Some(4), at(4)), third, "the same writes nothing");
    }
}
