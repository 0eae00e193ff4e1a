//! One Ingress as the compiler keeps it: what was read, what is served of it, and what that rests on.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use rustc_hash::FxHashMap;

use super::claims::{Claim, Claims};
use super::ingresses::{self, Draft, Item, Spoilt};
use super::rank::Rank;
use super::routes;
use super::tracks::{Notes, Splits};
use crate::rejection::{Place, Rejection};
use crate::route::{Match, PathKind, Route};

/// One Ingress.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) rank: Arc<Rank>,
    items: Vec<Item>,
    /// What is wrong with it, whatever the other objects are.
    said: Vec<Rejection>,
    /// Its routes in the table that is served.
    pub(super) served: Vec<Arc<Route>>,
    /// Keys of the Services that its routes rest on.
    pub(super) needs: Box<[Arc<str>]>,
    revived: Vec<(Match, Claim)>,
}

impl Unit {
    /// One of which only its routes are known.
    pub(super) fn unread(key: &Arc<str>) -> Self {
        let rank = Arc::new(Rank::new(&ObjectMeta::default(), key));
        let (items, said, served, needs, revived) = Default::default();
        Self { rank, items, said, served, needs, revived }
    }

    /// Reads an Ingress that takes the place of `before`.
    pub(super) fn read(ingress: &Ingress, key: &Arc<str>, before: Option<Self>) -> Self {
        let rank = Arc::new(Rank::new(&ingress.metadata, key));
        let (items, said) = ingresses::read(ingress);
        let (served, needs) = before.map(|before| (before.served, before.needs)).unwrap_or_default();
        Self { rank, items, said, served, needs, revived: Vec::new() }
    }

    /// What it asks for, and where: the good ones and the revived.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&Match, Claim)> {
        let good = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(number, item)| Some((&item.as_ref().ok()?.matches, self.claim(number, false))));
        good.chain(self.revived.iter().map(|(matches, claim)| (matches, claim.clone())))
    }

    /// The routes that it is to have now, and what came up. Their places in the table are those of the routes served so far, where there are any.
    pub(super) fn settle(&mut self, claims: &mut Claims, splits: &mut Splits<'_>) -> (Vec<Route>, Notes) {
        for (matches, claim) in self.revived.drain(..) {
            claims.remove(&matches, &claim);
        }
        let key = self.rank.key();
        let place = Place::of("Ingress", &key);
        let mut notes = Notes::default();
        notes.rejections.clone_from(&self.said);
        let mut settled = Vec::with_capacity(self.items.len());
        let served: FxHashMap<_, &Route> =
            self.served.iter().map(|route| ((&*route.id, route.matches.kind), &**route)).collect();
        for (number, item) in self.items.iter().enumerate() {
            let Ok(draft) = item else { continue };
            match claims.of(&draft.matches).first() {
                Some(owner) if *owner != self.claim(number, false) => {
                    notes.rejections.push(lost(place, draft, owner, &self.rank));
                }
                _ => {
                    let last_good =
                        served.get(&(&*draft.id, draft.matches.kind)).map(|route| route.origin.clone());
                    settled.push((draft.clone(), last_good));
                }
            }
        }
        // Last, so that a stale route never takes the place of a good one.
        for (number, item) in self.items.iter().enumerate() {
            let Err(fault) = item else { continue };
            let kept = self.revive(fault, number, claims);
            notes.rejections.push(revived(fault, &kept));
            let claim = self.claim(number, true);
            self.revived.extend(kept.iter().map(|draft| (draft.matches.clone(), claim.clone())));
            settled.extend(kept.into_iter().map(|draft| (draft, None)));
        }
        let mut route = |(draft, last_good)| routes::route(place, draft, last_good, splits, &mut notes);
        let routes = settled.into_iter().map(&mut route).collect();
        (routes, notes)
    }

    fn claim(&self, item: usize, is_revived: bool) -> Claim {
        Claim { is_revived, rank: Arc::clone(&self.rank), item }
    }

    /// Last good routes of a spoilt rule whose places nobody else has. They are claimed.
    fn revive(&self, fault: &Spoilt, number: usize, claims: &mut Claims) -> Vec<Draft> {
        let mut kept = Vec::new();
        for route in &self.served {
            let same_rule = fault.field.as_deref().is_none_or(|field| field == &*route.origin.field);
            if !same_rule || !claims.of(&route.matches).is_empty() {
                continue;
            }
            claims.insert(&route.matches, self.claim(number, true));
            kept.push(Draft {
                id: Arc::clone(&route.id),
                matches: route.matches.clone(),
                rewrite: route.rewrite.clone(),
                origin: route.origin.clone(),
                refused: fault.refused.clone(),
            });
        }
        // The order in which routes are served says nothing about the rule.
        kept.sort_by(|a, b| a.id.cmp(&b.id));
        kept
    }
}

fn lost(place: Place<'_>, draft: &Draft, owner: &Claim, own: &Arc<Rank>) -> Rejection {
    let Match { host, path, kind } = &draft.matches;
    let what = match kind {
        PathKind::Default => format!("the default backend of host {host}"),
        PathKind::Exact | PathKind::Prefix | PathKind::ImplementationSpecific => {
            format!("{} {}{path} of host {host}", kind.as_str(), if path.is_empty() { "/" } else { "" })
        }
    };
    let whose = if owner.rank == *own {
        "an earlier rule of this Ingress".to_owned()
    } else {
        let owner = owner.rank.key();
        format!("Ingress {owner}, which is older or, where there is no creation time, first by name")
    };
    place
        .error(&*draft.origin.field, format!("{what} already belongs to {whose}"))
        .keeping("the earlier one is served")
}

fn revived(fault: &Spoilt, kept: &[Draft]) -> Rejection {
    let ids: Vec<&str> = kept.iter().map(|draft| &*draft.id).collect();
    fault.rejection.clone().keeping(match ids.as_slice() {
        [] => "it has no route; the others are served".to_owned(),
        _ if fault.refused.is_some() => "its requests are answered 503".to_owned(),
        ids => format!("as it was: {}", ids.join(", ")),
    })
}
