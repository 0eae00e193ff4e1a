//! What a route does with a request besides sending it somewhere.
//!
//! Routes without a policy pay one look at a pointer. Whatever a further annotation asks of each request becomes a field here.

use std::sync::Arc;

use serde::Serialize;

mod access;
mod affinity;
mod cors;
mod limits;
mod next;
mod patience;
mod redirect;
mod rules;
mod size;
mod verdict;

pub use access::Access;
pub use affinity::{Affinity, Stuck};
pub use cors::{Cors, Grant, InvalidOrigin, Origin};
pub use limits::{Bucket, Limits, Rate};
pub use next::{After, NextUpstream};
pub use patience::Patience;
pub use redirect::{Reason, Redirect};
pub use rules::Rules;
pub use size::{ByteSize, InvalidSize};
pub use verdict::{Asked, Denial, Verdict};

/// What a route does with a request besides sending it somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Where a request for `/` is sent, on the same host (`app-root`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_root: Option<Arc<str>>,
    /// The route was written with a slash at its end: a request without it is sent there.
    pub adds_slash: bool,
    /// The host that requests are sent to, with their path (`from-to-www-redirect`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_host: Option<Arc<str>>,
    /// Where every request is sent, whatever its path (`permanent-redirect`, `temporal-redirect`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// Whether requests in clear text are sent to https, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https: Option<ToHttps>,
    /// The Host that the upstream gets (`upstream-vhost`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_vhost: Option<Arc<str>>,
    /// What is required of requests, and what they are given.
    #[serde(flatten)]
    pub rules: Option<Arc<Rules>>,
}

/// A redirect to one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Elsewhere {
    /// From 300 to 308.
    pub status: u16,
    /// Value of the `Location` header.
    pub location: Arc<str>,
}

/// A redirect to https.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToHttps {
    /// Whether a slash at the end of the request's target stays there.
    pub keeps_slash: bool,
}

impl Policy {
    /// Whether it is about requests that go on to an upstream, and not only about those that it answers.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.upstream_vhost.is_some() || self.rules.is_some()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { app_root, adds_slash, other_host, elsewhere, https, upstream_vhost, rules } = self;
        let answers = app_root.is_some() || *adds_slash || other_host.is_some();
        !answers && elsewhere.is_none() && https.is_none() && upstream_vhost.is_none() && rules.is_none()
    }
}
