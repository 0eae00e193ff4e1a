//! The few figures about a release that people look at: `status.figures`. Proxies read none of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Timestamp, Track};

/// What a release looked like at one moment. Written at each step and every ten seconds between, and never at rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Each track that has pods or requests.
    #[serde(default)]
    pub tracks: Vec<TrackFigures>,
    /// Number of steps.
    #[serde(default)]
    pub steps: u32,
    /// What it waits for, and for how long still.
    #[serde(default)]
    pub next: String,
    /// Evidence of harm, as an e-value; absent where nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<f64>,
    /// The evidence that aborts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_limit: Option<f64>,
    /// The judge's answer, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verdict: String,
}

/// One track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrackFigures {
    /// Which.
    pub track: Track,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that there should be.
    pub pods: u32,
    /// Requests since the release began.
    pub requests: u64,
    /// Those that ended in an upstream error.
    pub errors: u64,
    /// Requests a second, over at least five seconds; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
    /// Latency at p99 in microseconds; absent without requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_micros: Option<u64>,
}
