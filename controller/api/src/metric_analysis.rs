//! What a user asks for beyond requests: metrics of other programs that a release is judged by.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Duration;

/// Metrics of other programs, judged by a canary config at intervals, while canary and control both get requests. A score that is not above `marginal` aborts the release; an
/// analysis passes when requests and metrics both do, the latter by a judgement of that step. A store that cannot be asked fails nobody, and nobody passes by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricAnalysis {
    /// Name of a CanaryConfig, in the Canary's own namespace.
    pub canary_config: String,
    /// Time between two judgements, and until the first one. Default: 5m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// What is measured so shortly after the canary's first request is left out: what has just started is not itself yet. Default: 0s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Length of the window before each judgement. Absent: all since the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookback: Option<Duration>,
    /// Time between two samples, whole seconds; no shorter than the store's own, or samples count twice. Default: 60s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Duration>,
    /// Instead of the config's own. Default where it has none: pass 75, marginal 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_thresholds: Option<MetricThresholds>,
    /// What the variables of the config's queries stand for.
    #[serde(default)]
    pub scope: MetricScope,
}

/// From which scores on a judgement passes, and does not fail: 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricThresholds {
    /// From this score on it passes.
    pub pass: f64,
    /// It fails at this score, and below.
    pub marginal: f64,
}

/// What the variables of a config's queries stand for. Beside these, `${namespace}`, `${service}`, `${deployment}`, `${release}`, and `${track}`: stable, baseline or canary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricScope {
    /// `${scope}` on the side of production. Default: the Service of the baseline, `<service>-baseline`; without a baseline the Service itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// `${scope}` on the side of the canary. Default: `<service>-canary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// `${location}`. Default: the Canary's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Further variables by name; they win over all others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}
