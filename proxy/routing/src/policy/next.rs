//! `proxy-next-upstream` and what limits it: when a request is sent to another endpoint.

use std::time::Duration;

use serde::Serialize;

/// Attempts where only their reasons are given.
const TRIES: u32 = 3;

/// When a request is sent to another endpoint. What is not said is as the proxy is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NextUpstream {
    /// After what; none: whatever may be repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Attempts in all; 0: any number; none: three where `after` says something, as in nginx.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// Seconds after which there is no further attempt; 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
}

/// What another endpoint is tried after. Default: nothing (`off`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct After {
    /// A connection that was refused or broke.
    pub error: bool,
    /// A connection that was not made in time.
    pub timeout: bool,
    /// An answer that is not HTTP.
    pub invalid_header: bool,
    /// Answers with one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
}

impl NextUpstream {
    /// Attempts after the first one, if they are limited.
    #[must_use]
    pub fn further(&self) -> Option<u32> {
        let tries = self.tries.or(self.after.as_ref().map(|_| TRIES))?;
        Some(tries.checked_sub(1).unwrap_or(u32::MAX))
    }

    /// The time after which there is no further attempt.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Whether another endpoint is tried after an answer with this status.
    #[must_use]
    pub fn is_after(&self, status: u16) -> bool {
        self.after.as_ref().is_some_and(|after| after.statuses.contains(&status))
    }
}
