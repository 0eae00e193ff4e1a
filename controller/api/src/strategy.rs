//! What a user asks for beyond plain steps: blue/green, its rolling form, ramps, the wait for the judge, and what belongs to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Duration, Share};

/// The new version beside the old one at full size, then everything at once. Stable keeps its pods and its image until `scaleDownDelay` is
/// over, so the way back is one change of the weights. The preview is the Service `<service>-canary`: it is there from the beginning, and
/// proxies lead requests to it that name the canary by the header or cookie of the Service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlueGreenStrategy {
    /// Pods of the preview until the switch; absent: as many as stable has. Before the switch there are as many as stable has in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub preview_replica_count: Option<u32>,
    /// Stay before the switch until the preview is shown to be no worse than stable, by the requests that name it. Absent: no wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_promotion_analysis: Option<AnalysisStep>,
    /// Whether the switch comes by itself. `false`: it waits for `weir promote`, or for `autoPromotionSeconds`. Default: true.
    #[serde(default = "yes")]
    pub auto_promotion_enabled: bool,
    /// The switch waits this many seconds for somebody to look at the preview, and comes then. Absent: it comes at once, or never by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub auto_promotion_seconds: Option<u32>,
    /// Stay after the switch until the new version is shown to be no worse than what stable served in the ten minutes before the release.
    /// Absent: only the guard watches, for `scaleDownDelay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_promotion_analysis: Option<AnalysisStep>,
    /// Stable keeps the old version for at least this long after the switch. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down_delay: Option<Duration>,
    /// The preview's pods stay this long after an abort, without requests. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_scale_down_delay: Option<Duration>,
    /// As in a canary release. Default: 10m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_deadline: Option<Duration>,
    /// As in a canary release. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<Duration>,
}

/// The new version beside the old one at full size, then everything in parts, with an analysis after each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollingBlueGreenStrategy {
    /// Share of the new version after each part, in percent: rising, and 100 at the end, such as `[25, 50, 75, 100]`.
    #[schemars(length(min = 1, max = 40))]
    pub target_percentages: Vec<Share>,
    /// The wait for the judge after each part.
    #[serde(default)]
    pub analysis: AnalysisStep,
    /// Stable keeps the old version for at least this long after the last part. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down_delay: Option<Duration>,
    /// The new version's pods stay this long after an abort, without requests. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_scale_down_delay: Option<Duration>,
    /// As in a canary release. Default: 10m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_deadline: Option<Duration>,
    /// As in a canary release. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<Duration>,
}

/// Weights that rise as evidence allows: `from`, then each by `factor` larger, up to `to`. A weight is left once the judge passes and this very
/// weight has served `minRequests`; never by time alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ramp {
    /// First share, in percent. Default: 1.
    #[serde(default = "one_percent")]
    pub from: Share,
    /// Last share, in percent. Default: 100.
    #[serde(default = "full")]
    pub to: Share,
    /// Each weight is this much larger than the one before: 1.1 to 100. Default: 2.
    #[serde(default = "two")]
    pub factor: f64,
    /// The wait for the judge at each weight. Absent: it has no end, so that the ramp halts while the data do not suffice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis: Option<AnalysisStep>,
}

/// How many pods the canary has, whatever its weight; never fewer than its weight needs. The baseline gets as many. Holds until the next such
/// step. Exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanaryScale {
    /// This many pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub replicas: Option<u32>,
    /// As many as this share of the requests needs, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Share>,
    /// `true`: as many as its weight needs, as without this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_traffic_weight: Option<bool>,
}

/// A wait for the judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisStep {
    /// Not shorter than this, whatever the judge says. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_duration: Option<Duration>,
    /// After this the policy for insufficient data applies. Default: 10m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<Duration>,
    /// What happens when the data do not suffice by then. Default: ask.
    #[serde(default)]
    pub on_insufficient: OnInsufficient,
}

/// What happens when an analysis step ends with too little data for a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnInsufficient {
    /// Stop and wait for `weir promote` or `weir abort`.
    #[default]
    Ask,
    /// Keep waiting for the judge, with no end.
    Wait,
    /// Go on, and say in the report that it was not proven.
    Promote,
    /// Give up.
    Abort,
}

/// What happens when nobody came in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnExpiry {
    /// Go on, as `weir promote` would.
    Promote,
    /// Give up.
    #[default]
    Abort,
}

/// Watches production after the promotion. The old version's pods stay at full size for as long, so the way back is one change of the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AfterPromotion {
    /// How long, such as `10m`. Production is compared with what stable served in the ten minutes before the release.
    pub duration: Duration,
}

/// How much a release may cost its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailureBudget {
    /// No more requests than this may fail for users on the canary: then the release is aborted, whatever the judge says. Requests that stable
    /// answered instead did not fail. Each proxy keeps to an equal part of it by itself, at least 1, also where no controller runs.
    pub failed_requests: u64,
}

fn yes() -> bool {
    true
}

fn one_percent() -> Share {
    Share::from_basis_points(100).unwrap_or(Share::FULL)
}

fn full() -> Share {
    Share::FULL
}

fn two() -> f64 {
    2.0
}
