//! What a route does with a request besides sending it somewhere.
//!
//! Routes without a policy pay one look at a pointer. Whatever a further annotation asks of each request becomes a field here.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

mod access;
mod added;
mod affinity;
mod basic;
mod cache;
mod client_tls;
mod cors;
mod edits;
mod external;
mod hash;
mod limits;
mod mirror;
mod next;
mod pace;
mod pages;
mod patience;
mod redirect;
mod rules;
mod size;
mod verdict;

pub use access::Access;
pub use added::Added;
pub use affinity::{Affinity, Stuck};
pub use basic::{Basic, Hashed, Users};
pub use cache::{Cache, InvalidTimes, Times};
pub use client_tls::{ClientTls, ShownCertificate, VerifyClient};
pub use cors::{Cors, Grant, InvalidOrigin, Origin};
pub use edits::{Edits, From, Swap};
pub use external::{External, InvalidUrl, QuestionFields, Signin, Url};
pub use hash::HashBy;
pub use limits::{Bucket, Limits, Rate};
pub use mirror::{Copied, Mirror};
pub use next::{After, NextUpstream};
pub use pace::Pace;
pub use pages::ErrorPages;
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
    /// Who may come in with a name and a password (`auth-type`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic: Option<Arc<Basic>>,
    /// What whoever is asked besides is told (`auth-proxy-set-headers`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question_fields: Option<Arc<QuestionFields>>,
    /// Nobody is asked who a client of this route is, whatever the Ingress says: whoever issues certificates must get in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_open: bool,
    /// What clients of its host have to show (`auth-tls-*`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_tls: Option<Arc<ClientTls>>,
    /// Fields that answers of upstreams get (`custom-headers`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Arc<Added>>,
    /// Answers that another Service's pages replace (`custom-http-errors`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_pages: Option<ErrorPages>,
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
        let is_told = self.upstream_vhost.is_some() || self.basic.is_some() || self.client_tls.is_some();
        is_told || self.error_pages.is_some() || self.rules.is_some() || self.added.is_some()
    }

    /// Whether it has to be found out who asks.
    pub(crate) fn is_guarded(&self) -> bool {
        self.basic.is_some() || self.external().is_some()
    }

    /// The server that is asked about every request, if there is one.
    #[must_use]
    pub fn external(&self) -> Option<&Arc<External>> {
        self.rules.as_ref()?.external.as_ref().filter(|_| !self.is_open)
    }

    /// Whether it is enough that one of those who decide lets a client in.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.satisfy_any)
    }

    /// Whether it has to be found out who asks where this client does.
    #[must_use]
    pub fn guards_against(&self, client: IpAddr) -> bool {
        let admits = || self.rules.as_ref()?.access.as_ref().map(|access| access.admits(client));
        self.is_guarded() && !(self.is_any() && admits().unwrap_or(false))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { is_open: self.is_open, ..Self::default() }
    }
}
