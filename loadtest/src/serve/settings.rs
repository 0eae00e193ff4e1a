//! What can be set of the sample upstream, and changed while it runs. `live` is what is in force.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    latency::Latency,
    units::{Share, duration_text},
};

mod live;

pub(super) use live::{Fate, Live};

/// Everything that can be set, as `GET /__weir/settings` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Sent as header `x-version` and in the body.
    pub version_name: String,
    /// How long an answer takes.
    pub latency: Latency,
    /// Share of requests answered with status 500.
    pub error_share: Share,
    /// Share of answers cut in the middle of their body.
    pub truncate_share: Share,
    /// Share of requests whose connection (HTTP/1.1) or stream (HTTP/2) is closed without an answer.
    pub reset_share: Share,
    /// Size of the body in bytes; smaller than the JSON it carries means just that JSON.
    pub body_bytes: usize,
    /// How long answers take longer at first; setting it starts it again.
    #[serde(with = "duration_text")]
    pub slow_start: Duration,
    /// How many times longer answers take at the very start; falls in a straight line to 1 over `slow_start`.
    pub slow_start_factor: f64,
    /// Whether `/health` answers 200 (true) or 503.
    pub healthy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version_name: "v1".to_owned(),
            latency: Latency::default(),
            error_share: Share::ZERO,
            truncate_share: Share::ZERO,
            reset_share: Share::ZERO,
            body_bytes: 0,
            slow_start: Duration::ZERO,
            slow_start_factor: 5.0,
            healthy: true,
        }
    }
}

/// A change of settings: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the fields are those of Settings")]
pub struct Change {
    pub version_name: Option<String>,
    pub latency: Option<Latency>,
    pub error_share: Option<Share>,
    pub truncate_share: Option<Share>,
    pub reset_share: Option<Share>,
    pub body_bytes: Option<usize>,
    #[serde(deserialize_with = "some_duration")]
    pub slow_start: Option<Duration>,
    pub slow_start_factor: Option<f64>,
    pub healthy: Option<bool>,
}

fn some_duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration_text::deserialize(deserializer).map(Some)
}

/// Why a change was refused; nothing of it is in force.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// A name that no header can carry.
    #[error("versionName {0:?} cannot be sent as a header: use visible ASCII characters")]
    VersionName(String),
    /// Faults of several kinds exclude each other, so their shares cannot exceed the whole.
    #[error("errorShare, truncateShare and resetShare add up to more than 100%")]
    Faults,
    /// A factor that would make answers faster, or is not a number.
    #[error("slowStartFactor {0} is not at least 1")]
    SlowStartFactor(f64),
    /// A body that would not fit in memory reasonably.
    #[error("bodyBytes {0} is more than {max}", max = MAX_BODY_BYTES)]
    BodyBytes(usize),
}

/// Largest body, 64 MiB.
const MAX_BODY_BYTES: usize = 64 << 20;
