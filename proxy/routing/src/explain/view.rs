//! A route as JSON.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use weir_api::service::Sticky;
use weir_api::{Share, Track};

use crate::backend::{Backend, Protocol, UpstreamTls};
use crate::canary::{HeaderRule, Rule, Test};
use crate::policy::Policy;
use crate::route::{Match, Rewrite, Route};
use crate::split::Split;

/// A route, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteView {
    /// Route id.
    pub id: String,
    /// Service that the Ingress names, `namespace/name`.
    pub service: String,
    /// Requests that it takes.
    pub matches: Match,
    /// Field of the Ingress, `namespace/name: field`.
    pub origin: String,
    /// The paths as the regular expressions that they are on this host: without case, from the beginning on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patterns: Option<Vec<String>>,
    /// What the upstream sees instead of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Rewrite>,
    /// What else is done with a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The canary Ingress that the split is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_ingress: Option<RuleView>,
    /// The Canary that set the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<String>,
    /// Number of the weight setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// Header that forces a track, with the value that it needs where only one counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_header: Option<String>,
    /// Cookie that forces a track.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_cookie: Option<String>,
    /// What keeps a user on one track, as the annotation has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<String>,
    /// Where requests go: stable first.
    pub tracks: Vec<TrackView>,
}

/// The rule of a canary Ingress, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// The canary Ingress, `namespace/name`.
    pub ingress: String,
    /// Header that decides, and what its value must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Cookie that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
    /// The canary's part of the rest, such as `5 of 100`.
    pub weight: String,
}

impl RuleView {
    fn new(rule: &Rule) -> Self {
        let Rule { ingress, header, cookie, weight, total, is_strict: _, is_legacy_affinity: _ } = rule;
        let header = header.as_ref().map(|HeaderRule { name, test }| match test {
            Test::Words => format!("{name}: always or never"),
            Test::Value(value) => format!("{name}: {value}"),
            Test::Pattern(pattern) => format!("{name} matches {}", pattern.text()),
            Test::Broken => format!("{name}: any value means the main Service"),
        });
        Self {
            ingress: ingress.to_string(),
            header,
            cookie: cookie.as_ref().map(|name| format!("{name}: always or never")),
            weight: format!("{weight} of {total}"),
        }
    }
}

/// One track of a route, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackView {
    /// The track.
    pub track: Track,
    /// Its share in percent.
    pub weight: Share,
    /// Service of its endpoints, `namespace/name`.
    pub service: String,
    /// Revision of its pods.
    pub revision: String,
    /// What they speak.
    pub protocol: Protocol,
    /// How they are spoken to over TLS; none: in clear text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Arc<UpstreamTls>>,
    /// Addresses that take requests.
    pub endpoints: Vec<SocketAddr>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl RouteView {
    /// The view of a route.
    #[must_use]
    pub fn new(route: &Route) -> Self {
        let Route { index: _, uid: _, id, service, matches, patterns, split, rewrite, policy, origin } =
            route;
        let tracks = match split {
            Split::Single(_) => None,
            Split::Tracks(tracks) => Some(tracks),
        };
        let release = tracks.and_then(|tracks| tracks.release.as_ref());
        let force = tracks.map(|tracks| &tracks.force);
        let sticky = tracks.and_then(|tracks| tracks.cohort.as_ref()).map(|cohort| match &cohort.key {
            Sticky::Cookie(name) => format!("cookie:{name}"),
            Sticky::Header(name) => format!("header:{name}"),
            Sticky::Address => "address".to_owned(),
        });
        let weight = |backend: &Backend| tracks.map_or(Share::FULL, |tracks| tracks.weight(backend.track));
        Self {
            id: id.to_string(),
            service: service.to_string(),
            matches: matches.clone(),
            origin: format!("{}: {}", origin.ingress, origin.field),
            patterns: patterns
                .as_ref()
                .map(|patterns| patterns.iter().map(|pattern| pattern.text().to_string()).collect()),
            rewrite: rewrite.clone(),
            policy: policy.as_deref().cloned(),
            canary_ingress: tracks.and_then(|tracks| tracks.rule.as_deref()).map(RuleView::new),
            canary: release.map(|release| release.canary_key.to_string()),
            epoch: release.map(|release| release.epoch),
            force_header: force.and_then(|force| {
                let value = force.header_value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
                Some(format!("{}{value}", force.header.as_ref()?))
            }),
            force_cookie: force.and_then(|force| force.cookie.clone()),
            sticky,
            tracks: split.backends().map(|backend| TrackView::new(backend, weight(backend))).collect(),
        }
    }
}

impl TrackView {
    fn new(backend: &Backend, weight: Share) -> Self {
        let Backend { service, track, revision, endpoints, protocol, tls, problem } = backend;
        Self {
            track: *track,
            weight,
            service: service.to_string(),
            revision: revision.to_string(),
            protocol: *protocol,
            tls: tls.clone(),
            endpoints: endpoints.to_vec(),
            problem: problem.as_deref().map(str::to_owned),
        }
    }
}
