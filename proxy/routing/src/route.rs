//! One compiled route: a path of a host, and where its requests go.

use std::sync::Arc;

use serde::Serialize;

use crate::pattern::Pattern;
use crate::policy::{Affinity, Policy};
use crate::split::Split;

mod rewrite;
mod settings;
mod template;

pub use rewrite::{Rewrite, Rewritten};
pub use settings::{BasicSettings, Settings, UsersIn};
pub use template::{InvalidTemplate, Template};

/// One path of one host, and where its requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Place in [`crate::Table::routes`]: dense, so per-route state can lie in a vector. The same in every table while the route lives; then
    /// another route may have it.
    pub index: usize,
    /// Tells routes apart that had the same place one after the other: later ones have greater numbers.
    pub uid: u64,
    /// Route id, `namespace/ingress/host/path` with `*` for no host. An Exact path has `=` before it; a default backend has no path.
    pub id: Arc<str>,
    /// Service that the Ingress names, `namespace/name`.
    pub service: Arc<str>,
    /// Requests that it takes.
    pub matches: Match,
    /// The paths as regular expressions, where those of the host are: the longer one first.
    pub patterns: Option<Arc<[Arc<Pattern>]>>,
    /// Where their requests go.
    pub split: Split,
    /// What the upstream sees instead of the path.
    pub rewrite: Option<Rewrite>,
    /// What else is done with a request; most routes have none.
    pub policy: Option<Arc<Policy>>,
    /// Where it was written.
    pub origin: Origin,
}

impl Route {
    /// Whether the route takes this path of a request, if no other one of its host comes first.
    #[must_use]
    pub fn takes_path(&self, path: &str) -> bool {
        match &self.patterns {
            Some(patterns) => patterns.iter().any(|pattern| pattern.is_match(path.as_bytes())),
            None => self.matches.takes_path(path) || self.slashless() == Some(path),
        }
    }

    /// How a client stays with an endpoint.
    pub(crate) fn affinity(&self) -> Option<&Affinity> {
        self.policy.as_ref()?.rules.as_ref()?.affinity.as_ref()
    }

    /// The path of the route, for cookies: expressions are none.
    #[must_use]
    pub fn cookie_path(&self) -> &str {
        match (&self.patterns, &*self.origin.text) {
            (Some(_), _) | (None, "") => "/",
            (None, path) => path,
        }
    }

    /// The path that only lacks the slash at the end of the route's, for which nginx redirects.
    pub(crate) fn slashless(&self) -> Option<&str> {
        self.policy.as_ref().filter(|policy| policy.adds_slash)?;
        self.matches.path.strip_suffix('/').filter(|path| !path.is_empty())
    }
}

/// Requests that a route takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// `shop.example`, `*.shop.example` for exactly one label, or `*` for every host that no other route names.
    pub host: Arc<str>,
    /// The path, normalised. A Prefix has no slash at its end; empty means every path.
    pub path: Arc<str>,
    /// How the path is compared.
    pub kind: PathKind,
}

impl Match {
    /// Path type and path, for people.
    pub(crate) fn shown(&self) -> String {
        match self.kind {
            PathKind::Default => "the default backend".to_owned(),
            PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
                let root = if self.path.is_empty() { "/" } else { "" };
                format!("{} {root}{}", self.kind.as_str(), self.path)
            }
        }
    }

    /// Whether the route's host is, or stands for, this host of a request.
    #[must_use]
    pub fn takes_host(&self, host: &str) -> bool {
        match self.host.strip_prefix('*') {
            None => &*self.host == host,
            Some("") => true,
            // Exactly one label, and not an empty one.
            Some(suffix) => {
                host.strip_suffix(suffix).is_some_and(|label| !label.is_empty() && !label.contains('.'))
            }
        }
    }

    /// Whether the route's path, compared in its own way, takes this path of a request.
    pub(crate) fn takes_path(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&*self.path).filter(|_| path.starts_with('/'));
        match self.kind {
            PathKind::Exact => rest == Some(""),
            PathKind::Prefix => rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            PathKind::ImplementationSpecific => rest.is_some(),
            PathKind::Default => true,
        }
    }
}

/// How a path is compared with a request's. Earlier ones win for the same path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum PathKind {
    /// Byte for byte.
    Exact,
    /// Element by element: `/foo` takes `/foo`, `/foo/` and `/foo/bar`, not `/foobar`.
    Prefix,
    /// Byte prefix, as nginx does: `/foo` takes `/foobar` as well.
    ImplementationSpecific,
    /// A default backend: whatever no other route of the host takes.
    Default,
}

impl PathKind {
    /// Kubernetes' name, as in `pathType`; `Default` for a default backend.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "Exact",
            Self::Prefix => "Prefix",
            Self::ImplementationSpecific => "ImplementationSpecific",
            Self::Default => "Default",
        }
    }
}

/// Where a route was written, and what was written there: enough to compile it again when the object no longer can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The Ingress, `namespace/name`.
    pub ingress: Arc<str>,
    /// Field path of the rule, such as `spec.rules[0].http.paths[1]`.
    pub field: Arc<str>,
    /// Name of the Service in the Ingress's namespace.
    pub service_name: Arc<str>,
    /// Port of the Service.
    pub port: ServicePortRef,
    /// The path as it was written.
    pub text: Arc<str>,
    /// What the annotations of the Ingress ask for.
    pub settings: Option<Arc<Settings>>,
    /// Set where nobody wrote this path: it stands in for one that is not there.
    pub stands_in: Option<StandIn>,
}

/// A route that an annotation makes where there is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// `app-root`: the host's `/`.
    AppRoot,
    /// `from-to-www-redirect`: the other host, whose requests go to this one.
    OtherHost(Arc<str>),
}

/// A port of a Service as an Ingress names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServicePortRef {
    /// By its name.
    Name(Arc<str>),
    /// By its number.
    Number(i32),
}

impl std::fmt::Display for ServicePortRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
