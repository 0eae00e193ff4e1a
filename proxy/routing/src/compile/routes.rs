//! A draft becomes a route: with the split of its Service, or with the reason why its requests are answered 503.

use std::sync::Arc;

use super::arms::Arms;
use super::draft::{Draft, Notes};
use super::hosts::Hosts;
use super::path::looks_like_regex;
use super::services::PortProblem;
use super::splits::{Splits, dead};
use super::{Options, named, policies};
use crate::backend::Backend;
use crate::policy::{ErrorPages, Policy};
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::{Origin, PathKind, Route};
use crate::split::Split;

/// What routes are made with.
pub(super) struct Making<'m> {
    pub(super) splits: Splits<'m>,
    pub(super) hosts: &'m Hosts,
    pub(super) arms: &'m Arms,
    pub(super) named: &'m named::Objects,
    pub(super) options: &'m Options,
}

/// The route of a draft of the Ingress at `place`; `before` is the same route as it is served. Its place in the table comes later.
pub(super) fn route(
    place: Place<'_>,
    mut draft: Draft,
    before: Option<&Route>,
    is_revived: bool,
    making: &mut Making<'_>,
    notes: &mut Notes,
) -> Route {
    let mode = making.hosts.mode(&draft.matches.host);
    let patterns =
        if mode.is_regex { policies::patterns(&draft, before, &mut notes.rejections) } else { None };
    let rewrite = policies::rewrite(&draft, patterns.as_deref());
    let mut policy = match policies::named(place, &draft, making.named, notes) {
        _ if draft.refused.is_some() => Policy::default(),
        Ok(named) => policies::policy(&draft, patterns.as_deref(), &mode, making.options, named),
        Err(why) => {
            draft.refused = Some(why);
            Policy::default()
        }
    };
    notes.rejections.extend(letter_by_letter(place, &draft).filter(|_| patterns.is_none()));
    let Draft { id, matches, origin, pattern: _, refused } = draft;
    let backend_field = match matches.kind {
        PathKind::Default => origin.field.to_string(),
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
            format!("{}.backend", origin.field)
        }
    };
    let needs_nobody = policy.elsewhere.is_some() || policy.other_host.is_some();
    let (split, origin) = match refused {
        Some(why) => (Split::Single(dead(&key(place, &origin), why)), origin),
        None if needs_nobody || origin.stands_in.is_some() => {
            let why = "its requests are sent elsewhere".into();
            (Split::Single(dead(&key(place, &origin), why)), origin)
        }
        None => {
            let last_good = before.map(|route| route.origin.clone()).filter(|_| !is_revived);
            let (split, origin, pages) =
                served(place, origin, last_good, &backend_field, making, notes, &matches);
            policy.error_pages = pages;
            (split, origin)
        }
    };
    let policy = Some(policy).filter(|policy| !policy.is_empty()).map(Arc::new);
    let service = key(place, &origin);
    Route { index: 0, uid: 0, id, service, matches, patterns, split, rewrite, policy, origin }
}

fn key(ingress: Place<'_>, origin: &Origin) -> Arc<str> {
    format!("{}/{}", ingress.namespace, origin.service_name).into()
}

/// A path that looks like an expression, on a host whose paths are none.
fn letter_by_letter(place: Place<'_>, draft: &Draft) -> Option<Rejection> {
    let is_specific = draft.matches.kind == PathKind::ImplementationSpecific;
    if !is_specific || !looks_like_regex(&draft.origin.text) {
        return None;
    }
    let message =
        "it looks like a regular expression, which needs nginx.ingress.kubernetes.io/use-regex: \"true\"";
    let rejection = place.warning(format!("{}.path", draft.origin.field), message);
    Some(rejection.keeping("the path is taken letter by letter"))
}

/// The split of what the Ingress names, or of what it named before, and which of them it is.
fn served(
    place: Place<'_>,
    origin: Origin,
    last_good: Option<Origin>,
    backend_field: &str,
    making: &mut Making<'_>,
    notes: &mut Notes,
    matches: &crate::route::Match,
) -> (Split, Origin, Option<ErrorPages>) {
    let (split, origin, problem) = match making.splits.of(place.namespace, &origin, notes) {
        Ok(split) => (split, origin, None),
        Err(problem) => {
            let (split, origin, rejection) =
                unresolved(place, origin, last_good, (&problem, backend_field), &mut making.splits, notes);
            (split, origin, Some(rejection))
        }
    };
    let split = making.arms.attach(split, matches, &making.splits, notes);
    let unready = split.stable().problem.clone();
    let (split, pages) = with_default(place, split, &origin, making, notes);
    // As in ingress-nginx it is the path that says what is spoken, whichever Service answers.
    let split = match origin.settings.as_ref().and_then(|settings| settings.protocol) {
        Some(spoken) => split.speaking(spoken),
        None => split,
    };
    let split = secured(place, split, &origin, notes);
    notes.rejections.extend(uncopied(place, &split, backend_field));
    match (problem, unready) {
        (Some(rejection), _) if rejection.kept.is_some() => notes.rejections.push(rejection),
        (Some(rejection), _) => notes.rejections.push(rejection.keeping(instead(&split))),
        (None, Some(unready)) => {
            let rejection = place.warning(format!("{backend_field}.service.name"), &*unready);
            notes.rejections.push(rejection.keeping(instead(&split)));
        }
        (None, None) => {}
    }
    (split, origin, pages)
}

/// What is served where the Service or its port is not there.
fn unresolved(
    place: Place<'_>,
    origin: Origin,
    last_good: Option<Origin>,
    (problem, backend_field): (&PortProblem, &str),
    splits: &mut Splits<'_>,
    notes: &mut Notes,
) -> (Split, Origin, Rejection) {
    let key = key(place, &origin);
    let field = match problem {
        PortProblem::NoService => "service.name",
        PortProblem::NoPort { .. } => "service.port",
    };
    let message = problem.said(&key, &origin.port);
    let rejection = place.error(format!("{backend_field}.{field}"), message.as_str());
    let is_other = |last: &Origin| last.service_name != origin.service_name || last.port != origin.port;
    let last = last_good.filter(|last| is_other(last) && matches!(problem, PortProblem::NoPort { .. }));
    let kept = last.and_then(|last| Some((splits.of(place.namespace, &last, notes).ok()?, last)));
    if let Some((split, Origin { service_name, port, .. })) = kept {
        let text = format!("the last good backend, Service {service_name} port {port}, stays in force");
        return (split, Origin { service_name, port, ..origin }, rejection.keeping(text));
    }
    (Split::Single(dead(&key, message.into())), origin, rejection)
}

/// The Service of `default-backend` in place of one without endpoints, and the pages that are asked of it.
fn with_default(
    place: Place<'_>,
    split: Split,
    origin: &Origin,
    making: &Making<'_>,
    notes: &mut Notes,
) -> (Split, Option<ErrorPages>) {
    let Some(settings) = origin.settings.as_deref() else { return (split, None) };
    let Some(name) = &settings.default_backend else { return (split, None) };
    let default = match making.splits.first_port(place.namespace, name, notes) {
        Ok(default) => default,
        Err(message) => {
            let field = annotation_field("nginx.ingress.kubernetes.io/default-backend");
            notes.rejections.push(place.error(field, message).keeping("nothing stands in for the Service"));
            return (split, None);
        }
    };
    let stands_in = default.is_ready() && !split.backends().any(Backend::is_ready);
    let pages = ErrorPages {
        statuses: settings.error_statuses.clone().unwrap_or_default(),
        intercepts: !settings.keeps_upstream_errors,
        stands_in,
        told: ErrorPages::told(origin),
        backend: default.clone(),
    };
    let split = if stands_in { Split::Single(default) } else { split };
    (split, Some(pages).filter(|pages| stands_in || !pages.statuses.is_empty()))
}

/// What is wrong where a release asks for copies of requests and none can be made.
fn uncopied(place: Place<'_>, split: &Split, backend_field: &str) -> Option<Rejection> {
    let Split::Tracks(tracks) = split else { return None };
    let (route, release) = (tracks.mirror_routes().first()?, tracks.release.as_ref()?);
    if tracks.copied_to().is_some() {
        return None;
    }
    let message = format!(
        "mirror route {} of Canary {} asks for copies of requests, which are made in HTTP/1.1 and in clear text only: this Service is spoken to otherwise",
        route.name, release.canary_key
    );
    Some(place.warning(format!("{backend_field}.service.name"), message).keeping("no copies"))
}

/// The split with what is asked of endpoints that are spoken to over TLS. As in ingress-nginx the path says it, whichever Service answers; so the name that
/// their certificates are checked for is that of the Service that the Ingress names, also for a track beside it.
fn secured(place: Place<'_>, split: Split, origin: &Origin, notes: &mut Notes) -> Split {
    let asked = origin.settings.as_ref().and_then(|settings| settings.upstream_tls.as_deref());
    if split.backends().all(|backend| backend.tls.is_none()) {
        if asked.is_some_and(|asked| asked.verify || asked.secret.is_some()) {
            let name = if asked.is_some_and(|asked| asked.verify) { "verify" } else { "secret" };
            let field = annotation_field(&format!("nginx.ingress.kubernetes.io/proxy-ssl-{name}"));
            let message =
                "it has no effect: write backend-protocol: HTTPS or GRPCS where the Service speaks TLS";
            notes
                .rejections
                .push(place.warning(field, message).keeping("the Service is spoken to in clear text"));
        }
        return split;
    }
    let mut options = asked.cloned().unwrap_or_default();
    let by_service = || format!("{}.{}.svc", origin.service_name, place.namespace).into();
    options.name.get_or_insert_with(by_service);
    split.secured(&Arc::new(options))
}

/// What happens to requests of a Service without endpoints.
fn instead(split: &Split) -> String {
    match split {
        Split::Tracks(tracks) if crate::decide::stand_in(tracks, weir_api::Track::Stable).1.is_some() => {
            "another track stands in for it".to_owned()
        }
        Split::Single(backend) if backend.is_ready() => format!("Service {} answers", backend.service),
        Split::Tracks(_) | Split::Single(_) => "its requests are answered 503".to_owned(),
    }
}
