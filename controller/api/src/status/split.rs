//! What proxies do with requests to a Service while something is released.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::requests::RequestMatch;
use crate::{Share, Track};

/// What proxies do with requests to the Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Requests that go to the canary whatever its weight; the first route that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header_routes: Vec<HeaderRoute>,
    /// Requests of which copies go to canary and baseline while stable answers them; the first route that matches decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirror_routes: Vec<MirrorRoute>,
    /// What proxies do by themselves when the canary fails; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<SplitBreaker>,
}

/// What each proxy does by itself when the canary fails: nothing more goes to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SplitBreaker {
    /// The first epoch of the release, all of which counts together.
    pub since_epoch: u64,
    /// Whether a burst of failures that stable and baseline do not share is enough.
    #[serde(default)]
    pub burst: bool,
    /// Requests of users that may fail on the canary at one proxy; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_requests: Option<u64>,
}

/// Requests that go to the canary whatever its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderRoute {
    /// Name of the route.
    pub name: String,
    /// The requests.
    #[serde(rename = "match")]
    pub requests: RequestMatch,
    /// Whether canary and baseline share them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
}

/// Requests of which copies go to canary and baseline while stable answers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MirrorRoute {
    /// Name of the route.
    pub name: String,
    /// The requests: whatever one of the entries takes.
    #[serde(rename = "match")]
    pub requests: Vec<RequestMatch>,
    /// Share of them of which copies are made, in percent.
    pub percentage: Share,
    /// Whether their method may be any.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsafe_methods: bool,
}

/// One track of a split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The same with nothing but its weights.
    #[must_use]
    pub fn without_routes(self) -> Self {
        Self { header_routes: Vec::new(), mirror_routes: Vec::new(), breaker: None, ..self }
    }

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
