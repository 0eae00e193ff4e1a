//! Redirects as decisions, in ingress-nginx's order.
//!
//! ```text
//! app-root            server level, before any location is looked for         302
//! a missing slash     while the location is looked for                        301
//! the other host      a server of its own                                     308
//! temporal, permanent `return` in the location                                302, 301, or as annotated
//! https               at the end of the location's rewrite phase              308
//! ```
//! Locations are absolute, and without a port but for app-root, which takes the Host header as it came.

use super::{Asked, Policy};
use crate::route::{PathKind, Route};

/// Code of ingress-nginx's own redirects (`http-redirect-code`).
const MOVED_WITH_METHOD: u16 = 308;

/// An answer that sends the client elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Status of the answer.
    pub status: u16,
    /// Value of the `Location` header.
    pub location: String,
    /// What asked for it.
    pub reason: Reason,
}

/// What asks for a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// `app-root`.
    AppRoot,
    /// A path that was written with a slash at its end.
    Slash,
    /// `from-to-www-redirect`.
    OtherHost,
    /// `temporal-redirect` or `permanent-redirect`.
    Elsewhere,
    /// `ssl-redirect` or `force-ssl-redirect`.
    Https,
    /// `auth-signin`.
    Signin,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::AppRoot, Self::Slash, Self::OtherHost, Self::Elsewhere, Self::Https, Self::Signin];

    /// Short name for logs and metric labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppRoot => "app_root",
            Self::Slash => "slash",
            Self::OtherHost => "other_host",
            Self::Elsewhere => "elsewhere",
            Self::Https => "https",
            Self::Signin => "signin",
        }
    }
}

impl Policy {
    /// Where this request of the policy's route is sent instead of to an upstream.
    pub(crate) fn redirect(&self, route: &Route, asked: &Asked<'_>) -> Option<Redirect> {
        let answer = |status, location, reason| Some(Redirect { status, location, reason });
        let scheme = if asked.is_https { "https" } else { "http" };
        let (Asked { authority, host, .. }, path) = (*asked, asked.head.path);
        if let Some(root) = self.app_root.as_ref().filter(|_| path == "/") {
            return answer(302, format!("{scheme}://{authority}{root}"), Reason::AppRoot);
        }
        if self.adds_slash && route.lacks_slash(path) {
            let query = Query(asked.head.query);
            return answer(301, format!("{scheme}://{host}{path}/{query}"), Reason::Slash);
        }
        if let Some(other) = &self.other_host {
            let location = format!("{scheme}://{other}{}", without_slash(target(asked)));
            return answer(MOVED_WITH_METHOD, location, Reason::OtherHost);
        }
        if let Some(elsewhere) = &self.elsewhere {
            return answer(elsewhere.status, elsewhere.location.to_string(), Reason::Elsewhere);
        }
        let to_https = self.https.filter(|_| !asked.is_https)?;
        let target = target(asked);
        let target = if to_https.keeps_slash { target } else { without_slash(target) };
        answer(MOVED_WITH_METHOD, format!("https://{host}{target}"), Reason::Https)
    }
}

impl Route {
    /// Whether this path of a request, for which the route was found, lacks the slash that the route was written with.
    fn lacks_slash(&self, path: &str) -> bool {
        let known = &*self.matches.path;
        match self.matches.kind {
            PathKind::Prefix => path == known,
            PathKind::Exact | PathKind::ImplementationSpecific => known.strip_suffix('/') == Some(path),
            PathKind::Default => false,
        }
    }
}

struct Query<'a>(Option<&'a str>);

impl std::fmt::Display for Query<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// Path and query.
fn target(asked: &Asked<'_>) -> String {
    format!("{}{}", asked.head.path, Query(asked.head.query))
}

/// As ingress-nginx does it: one slash, at the end of the whole target.
fn without_slash(mut target: String) -> String {
    if target.ends_with('/') {
        target.pop();
    }
    target
}
