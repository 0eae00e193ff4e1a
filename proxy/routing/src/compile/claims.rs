//! One route for each host and path: the oldest Ingress has it. What is spoilt gets its last good route back, where nobody else has its place.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ingresses::{Draft, Item, Spoilt};
use crate::rejection::Rejection;
use crate::route::{Match, Origin, PathKind, Route};
use crate::table::Table;

/// Routes of the previous table.
#[derive(Debug, Default)]
pub(super) struct History<'p> {
    by_ingress: FxHashMap<&'p str, Vec<&'p Route>>,
}

impl<'p> History<'p> {
    pub(super) fn of(previous: Option<&'p Table>) -> Self {
        let mut by_ingress: FxHashMap<&str, Vec<&Route>> = FxHashMap::default();
        for route in previous.map(Table::routes).unwrap_or_default() {
            by_ingress.entry(&route.origin.ingress).or_default().push(route);
        }
        Self { by_ingress }
    }

    fn routes(&self, ingress: &str) -> &[&'p Route] {
        self.by_ingress.get(ingress).map(Vec::as_slice).unwrap_or_default()
    }
}

type Claims = FxHashMap<(Arc<str>, Arc<str>, PathKind), Arc<str>>;

/// Gives every host and path to one draft.
pub(super) fn settle<'o>(
    items: Vec<Item<'o>>,
    history: &History<'_>,
    rejections: &mut Vec<Rejection>,
) -> Vec<Draft<'o>> {
    let mut claims = Claims::default();
    let mut settled = Vec::with_capacity(items.len());
    let mut spoilt = Vec::new();
    for item in items {
        match item {
            Err(fault) => spoilt.push(fault),
            Ok(mut draft) => match claim(&mut claims, &draft.matches, &draft.origin.ingress) {
                Ok(()) => {
                    draft.last_good = last_good(&draft, history);
                    settled.push(draft);
                }
                Err(owner) => rejections.push(lost(&draft, &owner)),
            },
        }
    }
    // Last, so that a stale route never takes the place of a good one.
    for fault in spoilt {
        revive(*fault, history, &mut claims, &mut settled, rejections);
    }
    settled
}

fn claim(claims: &mut Claims, matches: &Match, ingress: &Arc<str>) -> Result<(), Arc<str>> {
    let Match { host, path, kind } = matches;
    match claims.entry((Arc::clone(host), Arc::clone(path), *kind)) {
        Entry::Occupied(owner) => Err(Arc::clone(owner.get())),
        Entry::Vacant(free) => {
            free.insert(Arc::clone(ingress));
            Ok(())
        }
    }
}

fn lost(draft: &Draft<'_>, owner: &Arc<str>) -> Rejection {
    let Match { host, path, kind } = &draft.matches;
    let what = match kind {
        PathKind::Default => format!("the default backend of host {host}"),
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
            format!("{} {}{path} of host {host}", kind.as_str(), if path.is_empty() { "/" } else { "" })
        }
    };
    let whose = if *owner == draft.origin.ingress {
        "an earlier rule of this Ingress".to_owned()
    } else {
        format!("Ingress {owner}, which is older or, where there is no creation time, first by name")
    };
    draft
        .place
        .error(&*draft.origin.field, format!("{what} already belongs to {whose}"))
        .keeping("the earlier one is served")
}

/// What the same route named before.
fn last_good(draft: &Draft<'_>, history: &History<'_>) -> Option<Origin> {
    let routes = history.routes(&draft.origin.ingress);
    let same = routes.iter().find(|route| route.id == draft.id)?;
    Some(same.origin.clone())
}

fn revive<'o>(
    fault: Spoilt<'o>,
    history: &History<'_>,
    claims: &mut Claims,
    settled: &mut Vec<Draft<'o>>,
    rejections: &mut Vec<Rejection>,
) {
    let Spoilt { place, mut rejection, field, refused } = fault;
    let mut kept: Vec<&str> = Vec::new();
    for route in history.routes(&place.key()) {
        let same_rule = field.as_deref().is_none_or(|field| field == &*route.origin.field);
        if !same_rule || claim(claims, &route.matches, &route.origin.ingress).is_err() {
            continue;
        }
        kept.push(&route.id);
        settled.push(Draft {
            place,
            id: Arc::clone(&route.id),
            matches: route.matches.clone(),
            rewrite: route.rewrite.clone(),
            origin: route.origin.clone(),
            refused: refused.clone(),
            last_good: None,
        });
    }
    rejection.kept = match kept.as_slice() {
        [] => Some("it has no route; the others are served".to_owned()),
        _ if refused.is_some() => Some("its requests are answered 503".to_owned()),
        ids => Some(format!("as it was: {}", ids.join(", "))),
    };
    rejections.push(rejection);
}
