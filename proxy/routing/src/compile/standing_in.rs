//! Routes that annotations make where nobody wrote a path: `app-root` answers the host's `/`, `from-to-www-redirect` the other host.
//!
//! They come after everything that was written, in whatever Ingress.

use std::sync::Arc;

use super::draft::Draft;
use super::nginx::Nginx;
use crate::route::{Match, Origin, PathKind, ServicePortRef, StandIn};

/// What an Ingress asks for.
pub(super) struct Asked<'a> {
    pub(super) ingress: &'a Arc<str>,
    pub(super) nginx: &'a Nginx,
    pub(super) app_root: bool,
}

/// The drafts of routes that stand in for paths of these hosts, and for other hosts.
pub(super) fn drafts(asked: &Asked<'_>, hosts: &[Arc<str>]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for host in hosts {
        if asked.app_root {
            let matches = Match { host: Arc::clone(host), path: "/".into(), kind: PathKind::Exact };
            drafts.push(draft(asked, matches, "app-root", StandIn::AppRoot));
        }
        if let Some(other) = other_host(host).filter(|_| asked.nginx.to_other_host) {
            let matches = Match { host: other, path: "".into(), kind: PathKind::Default };
            drafts.push(draft(asked, matches, "from-to-www-redirect", StandIn::OtherHost(Arc::clone(host))));
        }
    }
    drafts
}

/// `www.` taken away or put in front; none for wildcards and the host of every other name.
fn other_host(host: &str) -> Option<Arc<str>> {
    if host.starts_with('*') {
        return None;
    }
    Some(host.strip_prefix("www.").map_or_else(|| format!("www.{host}").into(), Arc::from))
}

fn draft(asked: &Asked<'_>, matches: Match, annotation: &str, stands_in: StandIn) -> Draft {
    let Match { host, path, kind } = &matches;
    let mark = if *kind == PathKind::Exact { "=" } else { "" };
    Draft {
        id: format!("{}/{host}{mark}{path}", asked.ingress).into(),
        origin: Origin {
            ingress: Arc::clone(asked.ingress),
            field: crate::rejection::annotation_field(&format!("nginx.ingress.kubernetes.io/{annotation}"))
                .into(),
            service_name: "".into(),
            port: ServicePortRef::Number(0),
            text: Arc::clone(path),
            settings: asked.nginx.settings.clone(),
            stands_in: Some(stands_in),
        },
        pattern: None,
        refused: asked.nginx.refused.clone(),
        matches,
    }
}
