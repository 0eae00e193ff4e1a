//! What the controller did: `Canary.status`. The proxies read [`Split`] of it, and nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Share, Timestamp, Track};

/// State of the release of one Service. The controller keeps nothing else: after a restart it goes on from here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryStatus {
    /// `metadata.generation` of the spec that this status answers; absent in standalone mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the release stands.
    #[serde(default)]
    pub phase: Phase,
    /// The release in progress, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseStatus>,
    /// What the stable workload runs now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<Revision>,
    /// Image that the workload's own manifest named when `stable` was last settled. Another one there later is a change by hand, around the
    /// Canary, and wins while nothing is being released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_image: Option<String>,
    /// Index of the current step, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// When the phase or step was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Number of weight changes so far. It only grows.
    #[serde(default)]
    pub epoch: u64,
    /// What proxies do with requests to the Service; absent: all go to the Service itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// How many proxies serve the current epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Why the release stands where it stands, for people.
    #[serde(default)]
    pub message: String,
    /// Where the last report lies: a path or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// Where a release stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Nothing is being released.
    #[default]
    Idle,
    /// Canary and baseline are starting; they get no requests yet.
    Starting,
    /// Going through the steps.
    Progressing,
    /// Waiting for somebody to promote or abort.
    Paused,
    /// The steps are done: the stable workload is being given the new version.
    Promoting,
    /// Weight 0 again; waiting until canary and baseline have no request in flight, then removing them. After a promotion and after an abort.
    Draining,
    /// The release is what production runs.
    Promoted,
    /// The release was given up; production runs what it ran before.
    Aborted,
}

/// One version of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Image of its containers.
    pub image: String,
    /// Short, stable name of the pod template.
    pub revision: String,
}

/// The release in progress, or the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseStatus {
    /// Name in reports.
    pub name: String,
    /// What is being released.
    #[serde(flatten)]
    pub revision: Revision,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended, once decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReleaseOutcome>,
    /// When that was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// When nothing was left to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Whether a step went on without proof: too little data and a policy that accepts it, or somebody's command.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproven: bool,
    /// Why it waits, or why it ended so.
    #[serde(default)]
    pub reason: String,
}

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseOutcome {
    /// Production runs it.
    Promoted,
    /// It was given up.
    Aborted,
}

/// What proxies do with requests to the Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Number of this weight setting; proxies report the one they serve.
    pub epoch: u64,
    /// Revision behind the Service itself.
    pub stable_revision: String,
    /// The canary's side.
    pub canary: TrackShare,
    /// The baseline's side, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<TrackShare>,
}

/// One track of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackShare {
    /// Service whose endpoints serve it, in the same namespace.
    pub service: String,
    /// Revision of its pods.
    pub revision: String,
    /// Share of the requests in percent.
    pub weight: Share,
}

impl Split {
    /// Share of one track; zero for a track that is not there.
    #[must_use]
    pub fn weight(&self, track: Track) -> Share {
        let baseline = self.baseline.as_ref().map_or(Share::ZERO, |baseline| baseline.weight);
        match track {
            Track::Canary => self.canary.weight,
            Track::Baseline => baseline,
            Track::Stable => self.canary.weight.checked_add(baseline).unwrap_or(Share::FULL).rest(),
            Track::Shadow => Share::ZERO,
        }
    }
}

/// How many proxies serve the current epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// Proxies that serve the current epoch.
    pub proxies: u32,
    /// Proxies that there are.
    pub of: u32,
}
