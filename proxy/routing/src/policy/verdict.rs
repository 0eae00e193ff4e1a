//! What a route's policy makes of one request, as far as the request alone decides it.
//!
//! In the order of nginx's phases: redirects of the server, a body that is too large for the location, its missing slash, preflights, the other redirects
//! of the location, whoever asks too much, and whoever may not come in.

use super::{Limits, Policy, Reason, Redirect, Rules};
use crate::head::Head;
use crate::route::Route;

/// What a policy decides by.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub head: &'a Head<'a>,
    /// Whether the client used https, as trusted proxies say.
    pub is_https: bool,
    /// The Host header as it came, with its port.
    pub authority: &'a str,
    /// Host as [`crate::target::host`] returns it; behind trusted proxies the one that they were asked for.
    pub host: &'a str,
    /// Bytes of the body, where the head says how many.
    pub body: Option<u64>,
    /// What counts a client's requests: why one more is refused, if it is.
    pub meter: &'a dyn Fn(&Limits) -> Option<Denial>,
}

/// An answer in place of an upstream's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// It is refused.
    Denied(Denial),
    /// A page asks whether it may use the route, and may.
    Preflight,
}

impl Verdict {
    /// Whether pages of other origins may see the answer, if they may use the route: it is given where their fields are already set.
    #[must_use]
    pub fn is_shown_to_pages(&self) -> bool {
        match self {
            Self::Redirect(redirect) => {
                matches!(redirect.reason, Reason::Elsewhere | Reason::Https | Reason::Signin)
            }
            Self::Denied(denial) => *denial != Denial::BodySize,
            Self::Preflight => true,
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// `allowlist-source-range`, `denylist-source-range`.
    SourceRange,
    /// `proxy-body-size`.
    BodySize,
    /// `limit-rps`, `limit-rpm`.
    Rate,
    /// `limit-connections`.
    Connections,
    /// `auth-type`: no user with this password.
    Credentials,
    /// The same, and there are too many to look at.
    Busy,
    /// `auth-url`: whoever is asked says no.
    External,
    /// `auth-url`: whoever is asked gives no answer that says yes or no.
    NoAnswer,
    /// `auth-tls-verify-client`: no certificate was shown.
    CertificateMissing,
    /// It is not accepted.
    CertificateRefused,
    /// `auth-tls-match-cn`: it is somebody else's.
    CertificateName,
    /// `auth-tls-secret`: nobody is known to hold certificates against.
    CertificateAuthorities,
    /// The connection was made to another host, where other certificates are asked for.
    Misdirected,
}

impl Denial {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::SourceRange,
        Self::BodySize,
        Self::Rate,
        Self::Connections,
        Self::Credentials,
        Self::Busy,
        Self::External,
        Self::NoAnswer,
        Self::CertificateMissing,
        Self::CertificateRefused,
        Self::CertificateName,
        Self::CertificateAuthorities,
        Self::Misdirected,
    ];

    /// Short name for logs and metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceRange => "source_range",
            Self::BodySize => "body_size",
            Self::Rate => "rate",
            Self::Connections => "connections",
            Self::Credentials => "credentials",
            Self::Busy => "busy",
            Self::External => "external",
            Self::NoAnswer => "no_answer",
            Self::CertificateMissing => "certificate_missing",
            Self::CertificateRefused => "certificate_refused",
            Self::CertificateName => "certificate_name",
            Self::CertificateAuthorities => "certificate_authorities",
            Self::Misdirected => "misdirected",
        }
    }

    /// Status of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::CertificateMissing | Self::CertificateRefused => 400,
            Self::SourceRange | Self::External | Self::CertificateName => 403,
            Self::Misdirected => 421,
            Self::NoAnswer => 500,
            Self::BodySize => 413,
            Self::Credentials => 401,
            Self::Rate | Self::Connections | Self::Busy | Self::CertificateAuthorities => 503,
        }
    }

    /// For whoever is refused.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SourceRange => "this address may not come in here",
            Self::BodySize => "the request body is too large for this route",
            Self::Rate => "too many requests from this address",
            Self::Connections => "too many requests at a time from this address",
            Self::Credentials => "this route wants the name and password of a user",
            Self::Busy => "too many passwords to look at: try again",
            Self::External => "whoever decides about it does not let this request in",
            Self::NoAnswer => "whoever decides about this request cannot be asked",
            Self::CertificateMissing => "No required SSL certificate was sent",
            Self::CertificateRefused => "The SSL certificate error",
            Self::CertificateName => "client certificate unauthorized",
            Self::CertificateAuthorities => "the certificates for this host are not there",
            Self::Misdirected => "this host has connections of its own: connect anew",
        }
    }
}

impl Policy {
    /// What this request of the policy's route gets in place of an upstream's answer.
    #[must_use]
    pub fn verdict(&self, route: &Route, asked: &Asked<'_>) -> Option<Verdict> {
        let redirect = self.redirect(route, asked);
        let of_server = |redirect: &Redirect| matches!(redirect.reason, Reason::AppRoot | Reason::OtherHost);
        let of_location = match redirect {
            Some(redirect) if of_server(&redirect) => return Some(Verdict::Redirect(redirect)),
            other => other,
        };
        let rules = self.rules.as_deref();
        let limit = rules.and_then(Rules::body_limit);
        if limit.is_some_and(|limit| asked.body.is_some_and(|bytes| bytes > limit)) {
            return Some(Verdict::Denied(Denial::BodySize));
        }
        let is_preflight =
            || asked.head.method == "OPTIONS" && rules.is_some_and(|r| r.grant(asked.head.headers).is_some());
        match of_location {
            Some(redirect) if redirect.reason == Reason::Slash => return Some(Verdict::Redirect(redirect)),
            _ if is_preflight() => return Some(Verdict::Preflight),
            Some(redirect) => return Some(Verdict::Redirect(redirect)),
            None => {}
        }
        let client = asked.head.client;
        let limits = rules?.limits.as_ref().filter(|limits| !limits.is_exempt(client));
        if let Some(denial) = limits.and_then(|limits| (asked.meter)(limits)) {
            return Some(Verdict::Denied(denial));
        }
        // With `satisfy: any`, whoever decides besides is asked about those that the lists refuse.
        let is_asked = self.is_any() && self.is_guarded();
        let is_refused = !is_asked && rules?.access.as_ref().is_some_and(|access| access.refuses(client));
        is_refused.then_some(Verdict::Denied(Denial::SourceRange))
    }
}
