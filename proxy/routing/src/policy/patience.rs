//! `proxy-connect-timeout`, `proxy-send-timeout`, `proxy-read-timeout`: how long an upstream is waited for.
//!
//! As nginx has them: the time between two operations, never that of a whole request. What is not said is as the proxy is configured.

use std::time::Duration;

use serde::Serialize;

/// How long an upstream is waited for, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patience {
    /// Until there is a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<u32>,
    /// Between two pieces of a request that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<u32>,
    /// From the end of a request to the head of the answer, then between two pieces of the answer, or in a tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<u32>,
}

impl Patience {
    /// Until there is a connection.
    #[must_use]
    pub fn connect(&self) -> Option<Duration> {
        seconds(self.connect)
    }

    /// Between two pieces of a request.
    #[must_use]
    pub fn send(&self) -> Option<Duration> {
        seconds(self.send)
    }

    /// For the answer, and between two pieces of it.
    #[must_use]
    pub fn read(&self) -> Option<Duration> {
        seconds(self.read)
    }
}

fn seconds(number: Option<u32>) -> Option<Duration> {
    Some(Duration::from_secs(number?.into()))
}
