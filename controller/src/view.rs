//! What a progress display needs to know about one Canary. The wire form of `GET /v1/canaries`. Pure.

use serde::{Deserialize, Serialize};
use weir_api::status::{Acknowledged, CanaryStatus, PastRelease, Phase, ReleaseOutcome};
use weir_api::{Share, Timestamp, Track};
use weir_judge::Verdict;
use weir_telemetry::window::Window;

use crate::history::Event;
use crate::outlook::OutlookView;
use crate::sample::{Copies, Tracks};

/// One Canary as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseView {
    /// Namespace of the Canary.
    pub namespace: String,
    /// Name of the Canary.
    pub name: String,
    /// The Service whose requests are split.
    pub service: String,
    /// Where the release stands.
    pub phase: Phase,
    /// The release in progress, or the last one.
    pub release: Option<Released>,
    /// Image that production runs.
    pub stable_image: Option<String>,
    /// Where it stands in the steps, while it goes through them.
    pub step: Option<StepView>,
    /// What every step does, in order.
    pub steps: Vec<String>,
    /// Shares of the tracks now.
    pub weights: Weights,
    /// Number of the weight setting.
    pub epoch: u64,
    /// How many proxies serve it.
    pub acknowledged: Acknowledged,
    /// What each track served since the release began; empty before.
    pub tracks: Vec<TrackView>,
    /// What baseline and canary made of copies of requests; empty where there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<TrackView>,
    /// The judge's answer so far.
    pub verdict: Option<Verdict>,
    /// Why the release stands where it stands.
    pub message: String,
    /// When it goes on by itself, and what may be asked for.
    #[serde(default)]
    pub outlook: OutlookView,
    /// Image that production ran before the last promotion: what `undo` goes back to.
    #[serde(default)]
    pub previous_image: Option<String>,
    /// How the last releases ended, the latest first.
    #[serde(default)]
    pub history: Vec<PastRelease>,
    /// What happened, oldest first; the last 50.
    pub events: Vec<Event>,
    /// Where the report lies.
    pub report: Option<String>,
    /// What keeps the controller from doing its work.
    pub problems: Vec<String>,
    /// When this was true.
    pub at: Timestamp,
}

/// The release in progress, or the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// Name of the release.
    pub name: String,
    /// Its image.
    pub image: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When its end was decided.
    pub decided_at: Option<Timestamp>,
    /// When nothing was left to do.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<ReleaseOutcome>,
    /// Why it waits or ended so.
    pub reason: String,
    /// Requests that the canary's fault made fail for a user: upstream errors that were not rescued.
    pub users_hit: u64,
}

/// Where a release stands in the steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The step, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// What it does.
    pub title: String,
}

/// Shares of the tracks, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Weights {
    /// What production runs.
    pub stable: Share,
    /// Fresh pods of the same.
    pub baseline: Share,
    /// The release.
    pub canary: Share,
}

/// What one track served since the release began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackView {
    /// The track.
    pub track: Track,
    /// Requests.
    pub requests: u64,
    /// Those that ended in an upstream error.
    pub errors: u64,
    /// Those errors that stable answered instead.
    pub rescued: u64,
    /// Requests of new pods, which are in no latency.
    pub warmup_requests: u64,
    /// Mean latency in microseconds; absent without requests.
    pub mean_micros: Option<u64>,
    /// Latencies in microseconds at p50, p90, p95, p99 and p99.9; absent without requests.
    pub p50_micros: Option<u64>,
    /// At p90.
    pub p90_micros: Option<u64>,
    /// At p95.
    pub p95_micros: Option<u64>,
    /// At p99.
    pub p99_micros: Option<u64>,
    /// At p99.9.
    pub p999_micros: Option<u64>,
}

impl TrackView {
    /// Totals of one track.
    #[must_use]
    pub fn new(track: Track, window: &Window) -> Self {
        let quantile = |q| window.duration.quantile(q);
        Self {
            track,
            requests: window.outcomes.total(),
            errors: window.outcomes.errors(),
            rescued: window.rescued,
            warmup_requests: window.warmup_requests,
            mean_micros: window.duration.sum_micros().checked_div(window.duration.count()),
            p50_micros: quantile(0.5),
            p90_micros: quantile(0.9),
            p95_micros: quantile(0.95),
            p99_micros: quantile(0.99),
            p999_micros: quantile(0.999),
        }
    }

    /// Totals of stable, baseline (where it served anything) and canary.
    pub(crate) fn all(tracks: &Tracks) -> Vec<Self> {
        let Tracks { stable, baseline, canary, matched, copies: _ } = tracks;
        let mut all = canary.clone();
        all.merge(matched);
        [(Track::Stable, stable), (Track::Baseline, baseline), (Track::Canary, &all)]
            .into_iter()
            .filter(|(track, window)| *track != Track::Baseline || !window.is_empty())
            .map(|(track, window)| Self::new(track, window))
            .collect()
    }

    /// Totals of the copies that baseline and canary got; none where there were none.
    pub(crate) fn copies(tracks: &Tracks) -> Vec<Self> {
        let Copies { baseline, canary } = &tracks.copies;
        let both = [(Track::Baseline, baseline), (Track::Canary, canary)];
        let some = both.iter().any(|(_, window)| !window.is_empty());
        both.into_iter().filter(|_| some).map(|(track, window)| Self::new(track, window)).collect()
    }
}

impl Released {
    /// The release that a status names.
    pub(crate) fn of(status: &CanaryStatus, totals: Option<&Tracks>) -> Option<Self> {
        let release = status.release.as_ref()?;
        Some(Self {
            name: release.name.clone(),
            image: release.revision.image.clone(),
            started_at: release.started_at,
            decided_at: release.decided_at,
            finished_at: release.finished_at,
            outcome: release.outcome,
            reason: release.reason.clone(),
            users_hit: totals.map_or(0, users_hit),
        })
    }
}

/// Requests that the canary's fault made fail for a user.
pub(crate) fn users_hit(totals: &Tracks) -> u64 {
    let hit = |window: &Window| window.outcomes.errors().saturating_sub(window.rescued);
    hit(&totals.canary).saturating_add(hit(&totals.matched))
}

impl Weights {
    /// The shares that a status names.
    pub(crate) fn of(status: &CanaryStatus) -> Self {
        let weight = |track| status.split.as_ref().map(|split| split.weight(track));
        Self {
            stable: weight(Track::Stable).unwrap_or(Share::FULL),
            baseline: weight(Track::Baseline).unwrap_or(Share::ZERO),
            canary: weight(Track::Canary).unwrap_or(Share::ZERO),
        }
    }
}
