//! What a user asks for: the Canary resource.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric_analysis::MetricAnalysis;
use crate::mirror::SetMirrorRoute;
use crate::notification::ReleaseNotification;
use crate::requests::SetHeaderRoute;
use crate::strategy::{
    AfterPromotion, AnalysisStep, BlueGreenStrategy, CanaryScale, FailureBudget, OnExpiry, Ramp,
    RollingBlueGreenStrategy,
};
use crate::{CanaryStatus, Duration, Share};

/// Policy and state of releasing one Service progressively.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "Canary",
    namespaced,
    status = "CanaryStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase"}"#,
    printcolumn = r#"{"name":"Weight","type":"number","jsonPath":".status.split.canary.weight"}"#,
    printcolumn = r#"{"name":"Release","type":"string","jsonPath":".status.release.name"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.message"}"#
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanarySpec {
    /// The workload that is released.
    pub target_ref: TargetRef,
    /// Name of the Service whose requests are split, in the Canary's own namespace.
    pub service: String,
    /// What to release. A new name or image starts a release; absent, nothing is being released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// What begins a release. Default: release.
    #[serde(default)]
    pub release_on: ReleaseOn,
    /// How traffic moves.
    pub strategy: Strategy,
    /// When a release is good, and when it is bad.
    #[serde(default)]
    pub analysis: Analysis,
    /// Who is told of releases, beside those whose notifiers are about every Canary. Nothing waits for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub notifications: Vec<ReleaseNotification>,
}

/// What begins a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseOn {
    /// Another `spec.release`. The workload keeps the image of its manifest until the promotion.
    #[default]
    Release,
    /// Another pod template of the workload, as `kubectl apply` or `kubectl set image` write it. Until it is promoted the workload is paused
    /// (`spec.paused`), so that it rolls nothing out by itself. `spec.release` is left out then.
    PodTemplate,
}

/// The workload that is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetRef {
    /// API version of the workload.
    #[serde(default = "apps_v1")]
    pub api_version: String,
    /// Kind of the workload: `Deployment`.
    #[serde(default = "deployment")]
    pub kind: String,
    /// Name of the workload, in the Canary's own namespace.
    pub name: String,
}

fn apps_v1() -> String {
    "apps/v1".to_owned()
}

fn deployment() -> String {
    "Deployment".to_owned()
}

/// One version to release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Name of the release in reports; the image's tag where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Image that the canary's containers run.
    pub image: String,
}

impl Release {
    /// The name in reports: the given one, else the image's tag, else the whole image.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let tag = || {
            let last = self.image.rsplit('/').next().unwrap_or(&self.image);
            last.split_once(':').map_or(self.image.as_str(), |(_, tag)| tag)
        };
        self.name.as_deref().unwrap_or_else(tag)
    }
}

/// How traffic moves: exactly one of the strategies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strategy {
    /// Step by step, to a canary beside a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryStrategy>,
    /// All at once, after a look at a preview of full size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue_green: Option<BlueGreenStrategy>,
    /// In parts, to new pods of full size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling_blue_green: Option<RollingBlueGreenStrategy>,
}

/// Steps of a canary release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanaryStrategy {
    /// What happens, in order. After the last step the release is promoted. Give either steps or a ramp. What comes before the first setWeight
    /// happens at weight 0: only requests that name the canary reach it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub steps: Vec<Step>,
    /// Instead of steps: weights that rise as soon as the evidence allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// Whether fresh pods of the stable version run beside the canary with the same share, as its fair comparison. Default: true. The share is
    /// the canary's own, or what the canary leaves where that is less.
    #[serde(default = "yes")]
    pub baseline: bool,
    /// Longest wait for what should come by itself: pods to become ready, proxies to acknowledge a weight. Then the release is aborted, with
    /// what was missing. Default: 10m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_deadline: Option<Duration>,
    /// Longest wait, at weight 0, for the last requests on canary and baseline. Default: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<Duration>,
    /// Canary and baseline pods stay this long after a promotion, without requests. A release that is asked for meanwhile ends it. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_down_delay: Option<Duration>,
    /// The same after an abort, for a look at what failed. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_scale_down_delay: Option<Duration>,
    /// Watches production after the promotion, and returns to the old version where it is shown to be worse. Absent: no watch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_promotion: Option<AfterPromotion>,
}

fn yes() -> bool {
    true
}

/// One step of a canary release. Field names as in Argo Rollouts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Give the canary this share, in percent, and wait until every proxy serves it.
    SetWeight(Share),
    /// Size the canary apart from its weight, and wait until its pods are ready.
    SetCanaryScale(CanaryScale),
    /// Send requests that match to the canary, whatever its weight, until the release ends.
    SetHeaderRoute(SetHeaderRoute),
    /// Send copies of requests that match to canary and baseline, whose answers nobody gets, until the release ends.
    SetMirrorRoute(SetMirrorRoute),
    /// Stay for a while, or until somebody promotes.
    Pause(Pause),
    /// Stay until the canary is shown to be no worse than its control.
    Analysis(AnalysisStep),
}

/// A pause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pause {
    /// How long, such as `90s`; absent, and without `requests`: until `weir promote`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// Until the canary has answered this many requests at the present weight, instead of a duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Longest wait of a pause without a duration. Absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Duration>,
    /// What happens then. Default: abort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_expiry: Option<OnExpiry>,
}

/// When a release is good, and when it is bad. Every default suits a service that answers most of its requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Analysis {
    /// Chance, in percent, that a release no worse than its control by the margins is ever aborted, however long it is watched. Default: 1.
    pub false_abort_percent: f64,
    /// Requests that ended in an error of the upstream.
    pub errors: Criterion,
    /// Requests slower than the control's p50, p75, p90, p95, p99 and p99.9.
    pub latency: Criterion,
    /// No pass before the canary has served this many requests. Default: 50.
    pub min_requests: u64,
    /// The judge's verdict is told and never acted upon: an analysis goes on whatever it is, and at its `maxDuration` without one. Pods that do
    /// not come, the failure budget and commands end a release as ever. Default: false.
    pub dry_run: bool,
    /// Whether a proxy by itself takes out a canary that fails in a burst which stable and baseline do not share: at once, and the release is aborted.
    /// Default: true.
    pub breaker: bool,
    /// How much a release may cost its users. Absent: the judge alone decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_budget: Option<FailureBudget>,
    /// Metrics of other programs that have a say beside requests. Absent: requests alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricAnalysis>,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            false_abort_percent: 1.0,
            errors: Criterion {
                enabled: true,
                margin: Margin { relative_percent: 0.0, absolute_percent: 0.1 },
                tolerance: Margin { relative_percent: 50.0, absolute_percent: 1.0 },
            },
            latency: Criterion {
                enabled: true,
                margin: Margin { relative_percent: 20.0, absolute_percent: 0.1 },
                tolerance: Margin { relative_percent: 50.0, absolute_percent: 1.0 },
            },
            min_requests: 50,
            dry_run: false,
            breaker: true,
            failure_budget: None,
            metrics: None,
        }
    }
}

/// One question that the judge asks about every request, and how much worse the canary may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Criterion {
    /// Whether the question is asked. Default: true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Abort once the canary is shown to be worse than this.
    pub margin: Margin,
    /// Pass once the canary is shown to be no worse than this.
    pub tolerance: Margin,
}

/// How much larger a share of requests may be on the canary: `(1 + relative) * control + absolute`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Margin {
    /// Relative to the control's share, in percent of it.
    #[serde(default)]
    pub relative_percent: f64,
    /// In percentage points.
    #[serde(default)]
    pub absolute_percent: f64,
}
