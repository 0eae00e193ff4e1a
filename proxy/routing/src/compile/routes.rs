//! A draft becomes a route: with the split of its Service, or with the reason why its requests are answered 503.

use std::sync::Arc;

use super::ingresses::Draft;
use super::services::PortProblem;
use super::tracks::{Notes, Splits, dead};
use crate::backend::Backend;
use crate::rejection::{Place, Rejection};
use crate::route::{Origin, PathKind, Route};
use crate::split::Split;

/// The route of a draft of the Ingress at `place`; `last_good` is what the same route named before. Its place in the table comes later.
pub(super) fn route(
    place: Place<'_>,
    draft: Draft,
    last_good: Option<Origin>,
    splits: &mut Splits<'_>,
    notes: &mut Notes,
) -> Route {
    let Draft { id, matches, rewrite, origin, refused } = draft;
    let backend_field = match matches.kind {
        PathKind::Default => origin.field.to_string(),
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
            format!("{}.backend", origin.field)
        }
    };
    let (split, origin) = match refused {
        Some(why) => (Split::Single(dead(&key(place, &origin), why)), origin),
        None => served(place, origin, last_good, &backend_field, splits, notes),
    };
    let service = key(place, &origin);
    Route { index: 0, uid: 0, id, service, matches, split, rewrite, origin }
}

fn key(ingress: Place<'_>, origin: &Origin) -> Arc<str> {
    format!("{}/{}", ingress.namespace, origin.service_name).into()
}

/// The split of what the Ingress names, or of what it named before, and which of them it is.
fn served(
    place: Place<'_>,
    origin: Origin,
    last_good: Option<Origin>,
    backend_field: &str,
    splits: &mut Splits<'_>,
    notes: &mut Notes,
) -> (Split, Origin) {
    let problem = match splits.of(place.namespace, &origin, notes) {
        Ok(split) => {
            let rejection = unready(place, &split, backend_field);
            notes.rejections.extend(rejection);
            return (split, origin);
        }
        Err(problem) => problem,
    };
    let key = key(place, &origin);
    let (field, message) = match &problem {
        PortProblem::NoService => ("service.name", format!("there is no Service {key}")),
        PortProblem::External => {
            ("service.name", format!("Service {key} is an ExternalName, which is not supported yet"))
        }
        PortProblem::NoPort { has } => {
            ("service.port", format!("Service {key} has no port {}; it has {has}", origin.port))
        }
    };
    let rejection = place.error(format!("{backend_field}.{field}"), message.as_str());
    let last = last_good.filter(|last| *last != origin && matches!(problem, PortProblem::NoPort { .. }));
    let kept = last.and_then(|last| Some((splits.of(place.namespace, &last, notes).ok()?, last)));
    if let Some((split, last)) = kept {
        let Origin { service_name, port, .. } = &last;
        let text = format!("the last good backend, Service {service_name} port {port}, stays in force");
        notes.rejections.push(rejection.keeping(text));
        return (split, last);
    }
    notes.rejections.push(rejection.keeping("its requests are answered 503"));
    (Split::Single(dead(&key, message.into())), origin)
}

/// Names a Service without endpoints.
fn unready(place: Place<'_>, split: &Split, backend_field: &str) -> Option<Rejection> {
    let problem = split.stable().problem.as_deref()?;
    let kept = match split {
        Split::Tracks(tracks) if crate::decide::stand_in(tracks, weir_api::Track::Stable).1.is_some() => {
            "another track stands in for it"
        }
        Split::Tracks(_) | Split::Single(Backend { .. }) => "its requests are answered 503",
    };
    Some(place.warning(format!("{backend_field}.service.name"), problem).keeping(kept))
}
