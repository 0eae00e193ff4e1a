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
            Self::Redirect(redirect) => matches!(redirect.reason, Reason::Elsewhere | Reason::Https),
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
}

impl Denial {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::SourceRange, Self::BodySize, Self::Rate, Self::Connections];

    /// Short name for logs and metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceRange => "source_range",
            Self::BodySize => "body_size",
            Self::Rate => "rate",
            Self::Connections => "connections",
        }
    }

    /// Status of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::SourceRange => 403,
            Self::BodySize => 413,
            Self::Rate | Self::Connections => 503,
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
        let is_refused = rules?.access.as_ref().is_some_and(|access| access.refuses(client));
        is_refused.then_some(Verdict::Denied(Denial::SourceRange))
    }
}
