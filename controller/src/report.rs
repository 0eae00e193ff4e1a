//! The report of one release: everything that explains its end, as JSON with RFC 3339 times and units in names. Pure.

use serde::{Deserialize, Serialize};
use weir_api::status::{CanaryStatus, Phase, ReleaseOutcome};
use weir_api::{CanarySpec, Timestamp};
use weir_judge::{Threshold, Verdict};

use crate::catalog::Key;
use crate::evidence::Evidence;
use crate::history::{Event, History, Point};
use crate::scores::Judged;
use crate::view::{TrackView, users_hit};

mod latencies;
mod said;

pub use crate::evidence::trace::Trace;
pub use latencies::{LatencyBucket, TrackLatencies};
pub use said::{First, Said};

/// Version of this form. Fields may be added under the same number.
pub const VERSION: u32 = 1;

/// The report of one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of this form.
    pub version: u32,
    /// `namespace/name` of the Canary.
    pub canary: String,
    /// The Service whose requests were split.
    pub service: String,
    /// Name of the release.
    pub release: String,
    /// Image that production ran before.
    pub image_before: Option<String>,
    /// Image that was released.
    pub image: String,
    /// Where the release stands, or how far it came.
    pub phase: Phase,
    /// How it ended; absent while it goes on.
    pub outcome: Option<ReleaseOutcome>,
    /// Why.
    pub reason: String,
    /// Whether a step went on without proof.
    pub unproven: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When its end was decided.
    pub decided_at: Option<Timestamp>,
    /// When nothing was left to do.
    pub finished_at: Option<Timestamp>,
    /// Requests that the canary's fault made fail for a user.
    pub users_hit: u64,
    /// What each track served.
    pub tracks: Vec<TrackView>,
    /// What baseline and canary made of copies of requests; empty where there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<TrackView>,
    /// How the latencies of each track are distributed; empty in reports of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latencies: Vec<TrackLatencies>,
    /// Latencies that requests were counted against.
    pub thresholds: Vec<Threshold>,
    /// The judge's last answer.
    pub verdict: Verdict,
    /// Judgements of metrics of other programs, oldest first; empty where there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Judged>,
    /// Steps, weights, epochs and pods, with their times.
    pub timeline: Vec<Event>,
    /// The evidence over time.
    pub evidence: Vec<Point>,
    /// What the judge said, and when first, whether or not it had a say; absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<Said>,
    /// What it was given, so that it can be asked again; absent in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// The Canary's spec when the report was written.
    pub settings: CanarySpec,
}

/// What is known about a release.
pub(crate) struct Known<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) history: &'a History,
    pub(crate) judged: &'a [Judged],
    pub(crate) verdict: &'a Verdict,
}

impl Report {
    /// The report of the release that `status` names; `None` where it names none.
    pub(crate) fn new(
        canary: &Key,
        spec: &CanarySpec,
        status: &CanaryStatus,
        image_before: Option<&str>,
        Known { evidence, history, judged, verdict }: Known<'_>,
    ) -> Option<Self> {
        let release = status.release.as_ref()?;
        let traced = evidence.trace();
        Some(Self {
            version: VERSION,
            canary: canary.to_string(),
            service: spec.service.clone(),
            release: release.name.clone(),
            image_before: image_before.map(str::to_owned),
            image: release.revision.image.clone(),
            phase: status.phase,
            outcome: release.outcome,
            reason: release.reason.clone(),
            unproven: release.unproven,
            started_at: release.started_at,
            decided_at: release.decided_at,
            finished_at: release.finished_at,
            users_hit: users_hit(&evidence.totals),
            tracks: TrackView::all(&evidence.totals),
            copies: TrackView::copies(&evidence.totals),
            latencies: TrackLatencies::all(&evidence.totals),
            thresholds: evidence.sequential().thresholds().to_vec(),
            verdict: verdict.clone(),
            metrics: judged.to_vec(),
            timeline: history.events.clone(),
            evidence: history.evidence.clone(),
            counterfactual: traced.map(|(_, answers)| Said::new(answers, release.started_at)),
            trace: traced.map(|(trace, _)| trace.clone()),
            settings: spec.clone(),
        })
    }
}

/// Name of a release's report: `<namespace>.<canary>.<release>`, with nothing in it that a file name cannot hold.
pub(crate) fn name(canary: &Key, release: &str) -> String {
    format!("{}.{}.{}", safe(&canary.namespace), safe(&canary.name), safe(release))
}

/// A name with nothing in it that the name of a file, or one segment of a path, cannot hold.
#[must_use]
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}
