//! The few figures that people look at, for the status. Pure.
//!
//! They are written with a change of the release, and every [`EVERY`] between: each write wakes every proxy's watch.

use std::time::Duration;

use weir_api::figures::{Figures, TrackFigures};
use weir_api::{Timestamp, Track};
use weir_judge::Verdict;
use weir_rollout::{Observed, Policy, Readiness, State, message};
use weir_telemetry::window::Window;

use crate::sample::Tracks;

/// Time between two writes while nothing else changes.
const EVERY: Duration = Duration::from_secs(10);
/// Shortest time over which a rate is worth saying.
const SHORTEST: Duration = Duration::from_secs(5);

/// What the figures are made of.
pub(super) struct Seen<'a> {
    pub(super) policy: &'a Policy,
    pub(super) state: &'a State,
    pub(super) observed: &'a Observed,
    pub(super) verdict: &'a Verdict,
    pub(super) totals: Option<&'a Tracks>,
}

/// The figures after a look: new ones where something changed or it is time, else those of before.
pub(super) fn figures(
    before: Option<&Figures>,
    is_changed: bool,
    seen: &Seen<'_>,
    now: Timestamp,
) -> Option<Figures> {
    seen.state.release()?;
    let last = before.and_then(|before| before.at);
    let goes_on = seen.state.stage.phase().is_going_on();
    let is_due = last.is_none_or(|last| now.since(last) >= EVERY) && goes_on;
    if !is_changed && !is_due {
        return before.cloned();
    }
    let Seen { policy, state, observed, verdict, totals } = seen;
    let since = before.and_then(|before| Some((before, now.since(before.at?))));
    let tracks = [
        (Track::Stable, &observed.stable, totals.map(|totals| &totals.stable)),
        (Track::Baseline, &observed.baseline, totals.map(|totals| &totals.baseline)),
        (Track::Canary, &observed.canary, totals.map(|totals| &totals.canary)),
    ];
    let tracks = tracks.into_iter().map(|(track, pods, window)| one(track, pods, window, since, goes_on));
    Some(Figures {
        at: Some(now),
        tracks: tracks.filter(|track| track.pods > 0 || track.requests > 0).collect(),
        steps: u32::try_from(policy.steps().len()).unwrap_or(u32::MAX),
        next: message::describe(policy, state, observed, verdict, now),
        evidence: totals.map(|_| verdict.e_value).filter(|evidence| evidence.is_finite()),
        evidence_limit: totals.map(|_| verdict.limit),
        verdict: totals.map(|_| verdict.reason.clone()).unwrap_or_default(),
    })
}

fn one(
    track: Track,
    pods: &Readiness,
    window: Option<&Window>,
    since: Option<(&Figures, Duration)>,
    goes_on: bool,
) -> TrackFigures {
    let requests = window.map_or(0, |window| window.outcomes.total());
    let before = since.and_then(|(before, passed)| {
        Some((before.tracks.iter().find(|before| before.track == track)?, passed))
    });
    let requests_per_second = match before {
        Some((before, passed)) if passed >= SHORTEST => {
            Some(rate(requests.saturating_sub(before.requests), passed))
        }
        Some((before, _)) => before.requests_per_second,
        None => None,
    };
    TrackFigures {
        track,
        ready: pods.ready,
        pods: pods.wanted,
        requests,
        errors: window.map_or(0, |window| window.outcomes.errors()),
        requests_per_second: requests_per_second.filter(|_| goes_on),
        p99_micros: window.and_then(|window| window.duration.quantile(0.99)),
    }
}

/// Requests a second, to one decimal.
fn rate(requests: u64, passed: Duration) -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a rate for people")]
    let requests = requests as f64;
    (requests / passed.as_secs_f64() * 10.0).round() / 10.0
}
