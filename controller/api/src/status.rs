//! What the controller did: `Canary.status`. The proxies read [`Split`] of it, and nothing else.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::LastCommand;
use crate::figures::Figures;
use crate::notification::Notified;
use crate::{Share, Timestamp};

mod phase;
mod split;

pub use phase::Phase;
pub use split::{HeaderRoute, MirrorRoute, Split, SplitBreaker, TrackShare};

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
    /// What the stable workload ran before the last promotion: what `weir undo` goes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Revision>,
    /// Image that the workload's own manifest named when `stable` was last settled. Another one there later is a change by hand, around the
    /// Canary, and wins while nothing is being released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_image: Option<String>,
    /// Index of the current step, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Share of the canary that somebody set by hand, in percent: it holds until he lets the release go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_by_hand: Option<Share>,
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
    /// What became of the last command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_command: Option<LastCommand>,
    /// What the release looked like a short while ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// Where the last report lies: a path or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// How the last releases ended, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub history: Vec<PastRelease>,
    /// Messages of the last hour that nobody has to send any more, whichever controller looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notified: Vec<Notified>,
    /// The same for programs that wait: `Ready`, `Progressing`, `Paused`, `Promoted`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// One thing that is so, or not: the form that `kubectl wait --for=condition=...` reads in every object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is so: `True`, `False`, or `Unknown`.
    pub status: ConditionStatus,
    /// `metadata.generation` of the spec that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Since when it is so, or not.
    pub last_transition_time: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// That is not known.
    Unknown,
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
    /// What production ran when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Revision>,
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

/// A release with nothing left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastRelease {
    /// Name in reports.
    pub name: String,
    /// What was released.
    #[serde(flatten)]
    pub revision: Revision,
    /// What production ran before.
    pub from: Revision,
    /// How it ended.
    pub outcome: ReleaseOutcome,
    /// Why, at most 300 characters.
    pub reason: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When nothing was left to do.
    pub finished_at: Timestamp,
    /// Whether a step went on without proof.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproven: bool,
    /// Requests that the canary answered.
    pub requests: u64,
    /// Those that failed for users by its fault.
    pub failed_requests: u64,
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

impl ReleaseOutcome {
    /// The name, as objects have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Aborted => "aborted",
        }
    }
}

impl fmt::Display for ReleaseOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
