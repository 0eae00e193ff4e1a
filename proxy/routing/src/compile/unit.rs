//! One Ingress as the compiler keeps it: what was read, what is served of it, and what that rests on.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use rustc_hash::FxHashMap;

use super::Options;
use super::claims::{Claim, Claims};
use super::draft::{Arm, Draft, Item, Need, Notes, Spoilt};
use super::hosts::HostSettings;
use super::ingresses::{self, Read};
use super::rank::Rank;
use super::routes::{self, Making};
use crate::rejection::{Place, Rejection};
use crate::route::{Match, Route, StandIn};

/// One Ingress.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) rank: Arc<Rank>,
    items: Vec<Item>,
    /// It is the canary of others: what it has instead of items.
    pub(super) arms: Vec<Arc<Arm>>,
    /// What it says about its hosts.
    pub(super) hosts: Option<Arc<HostSettings>>,
    /// What is wrong with it, whatever the other objects are.
    said: Vec<Rejection>,
    /// Its routes in the table that is served.
    pub(super) served: Vec<Arc<Route>>,
    /// What its routes rest on.
    pub(super) needs: Box<[Need]>,
    revived: Vec<(Match, Claim)>,
}

/// What an Ingress is to have, before its routes are made.
#[derive(Debug)]
pub(super) struct Settled {
    /// With whether they are only revived.
    drafts: Vec<(Draft, bool)>,
    rejections: Vec<Rejection>,
}

impl Unit {
    /// One of which only its routes are known.
    pub(super) fn unread(key: &Arc<str>) -> Self {
        let rank = Arc::new(Rank::new(&ObjectMeta::default(), key));
        let (items, arms, hosts, said, served, needs, revived) = Default::default();
        Self { rank, items, arms, hosts, said, served, needs, revived }
    }

    /// Reads an Ingress that takes the place of `before`.
    pub(super) fn read(ingress: &Ingress, key: &Arc<str>, options: &Options, before: Option<Self>) -> Self {
        let rank = Arc::new(Rank::new(&ingress.metadata, key));
        let Read { items, arms, hosts, said } = ingresses::read(ingress, options);
        let arms = arms.into_iter().map(Arc::new).collect();
        let (served, needs) = before.map(|before| (before.served, before.needs)).unwrap_or_default();
        Self { rank, items, arms, hosts, said, served, needs, revived: Vec::new() }
    }

    /// What it asks for, and where: the good ones and the revived.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&Match, Claim)> {
        let good = self.items.iter().enumerate().filter_map(|(number, item)| {
            let draft = item.as_ref().ok()?;
            Some((&draft.matches, self.claim(number, draft, false)))
        });
        good.chain(self.revived.iter().map(|(matches, claim)| (matches, claim.clone())))
    }

    /// Takes its claims for what was revived back, before anybody settles: they say nothing about who is to have what now.
    pub(super) fn release(&mut self, claims: &mut Claims) {
        for (matches, claim) in self.revived.drain(..) {
            claims.remove(&matches, &claim);
        }
    }

    /// What it is to have now, and what came up. What is revived is claimed.
    pub(super) fn settle(&mut self, claims: &mut Claims) -> Settled {
        let key = self.rank.key();
        let place = Place::of("Ingress", &key);
        let mut rejections = self.said.clone();
        let mut drafts = Vec::with_capacity(self.items.len());
        for (number, item) in self.items.iter().enumerate() {
            let Ok(draft) = item else { continue };
            match claims.of(&draft.matches).first() {
                Some(owner) if *owner != self.claim(number, draft, false) => {
                    rejections.extend(lost(place, draft, owner, &self.rank));
                }
                _ => drafts.push((draft.clone(), false)),
            }
        }
        // Last, so that a stale route never takes the place of a good one.
        let served = self.served_by_field();
        for (number, item) in self.items.iter().enumerate() {
            let Err(fault) = item else { continue };
            let of_rule = match &fault.field {
                Some(field) => served.get(&**field).map(Vec::as_slice).unwrap_or_default(),
                None => &self.served,
            };
            let kept = self.revive(fault, of_rule, number, claims);
            rejections.push(revived(fault, &kept));
            let claimed = kept.iter().map(|draft| (draft.matches.clone(), self.claim(number, draft, true)));
            let claimed: Vec<_> = claimed.collect();
            self.revived.extend(claimed);
            drafts.extend(kept.into_iter().map(|draft| (draft, true)));
        }
        Settled { drafts, rejections }
    }

    /// The routes of what was settled, and what came up. Their places in the table are those of the routes served so far, where there are any.
    pub(super) fn routes(&self, settled: Settled, making: &mut Making<'_>) -> (Vec<Route>, Notes) {
        let key = self.rank.key();
        let place = Place::of("Ingress", &key);
        let Settled { drafts, rejections } = settled;
        let mut notes = Notes::default();
        notes.rejections = rejections;
        let served: FxHashMap<_, &Route> =
            self.served.iter().map(|route| ((&*route.id, route.matches.kind), &**route)).collect();
        let mut routes = Vec::with_capacity(drafts.len());
        for (draft, is_revived) in drafts {
            if let Some(StandIn::OtherHost(host)) = &draft.origin.stands_in
                && making.hosts.mode(&draft.matches.host).is_written
            {
                notes.rejections.push(other_host(place, &draft, host));
                continue;
            }
            let before = served.get(&(&*draft.id, draft.matches.kind)).copied();
            routes.push(routes::route(place, draft, before, is_revived, making, &mut notes));
        }
        (routes, notes)
    }

    fn claim(&self, item: usize, draft: &Draft, is_revived: bool) -> Claim {
        let stands_in = draft.origin.stands_in.is_some();
        Claim { stands_in, is_revived, rank: Arc::clone(&self.rank), item, is_regex: draft.is_regex() }
    }

    /// Its routes by the field that they were written in; nothing where no path is spoilt. So thousands of spoilt paths do not look at every route each.
    fn served_by_field(&self) -> FxHashMap<Arc<str>, Vec<Arc<Route>>> {
        let mut by_field: FxHashMap<_, Vec<_>> = FxHashMap::default();
        if self.items.iter().any(Result::is_err) {
            for route in &self.served {
                by_field.entry(Arc::clone(&route.origin.field)).or_default().push(Arc::clone(route));
            }
        }
        by_field
    }

    /// Last good routes of a spoilt rule, out of those `of_rule`, whose places nobody else has. They are claimed.
    fn revive(
        &self,
        fault: &Spoilt,
        of_rule: &[Arc<Route>],
        number: usize,
        claims: &mut Claims,
    ) -> Vec<Draft> {
        let mut kept = Vec::new();
        for route in of_rule {
            if !claims.of(&route.matches).is_empty() {
                continue;
            }
            let draft = Draft {
                id: Arc::clone(&route.id),
                matches: route.matches.clone(),
                origin: route.origin.clone(),
                pattern: None,
                refused: fault.refused.clone(),
            };
            claims.insert(&route.matches, self.claim(number, &draft, true));
            kept.push(draft);
        }
        // The order in which routes are served says nothing about the rule.
        kept.sort_by(|a, b| a.id.cmp(&b.id));
        kept
    }
}

fn lost(place: Place<'_>, draft: &Draft, owner: &Claim, own: &Arc<Rank>) -> Option<Rejection> {
    let Match { host, .. } = &draft.matches;
    match &draft.origin.stands_in {
        // The owner's route sends requests for the root to it.
        Some(StandIn::AppRoot) => return None,
        Some(StandIn::OtherHost(host)) => return Some(other_host(place, draft, host)),
        None => {}
    }
    let what = format!("{} of host {host}", draft.matches.shown());
    let whose = if owner.rank == *own {
        "an earlier rule of this Ingress".to_owned()
    } else {
        let owner = owner.rank.key();
        format!("Ingress {owner}, which is older or, where there is no creation time, first by name")
    };
    let rejection = place.error(&*draft.origin.field, format!("{what} already belongs to {whose}"));
    Some(rejection.keeping("the earlier one is served"))
}

fn other_host(place: Place<'_>, draft: &Draft, host: &str) -> Rejection {
    let message = format!("{} is a host of its own, so it is not sent to {host}", draft.matches.host);
    place.warning(&*draft.origin.field, message).keeping("that host is served")
}

fn revived(fault: &Spoilt, kept: &[Draft]) -> Rejection {
    let ids: Vec<&str> = kept.iter().map(|draft| &*draft.id).collect();
    fault.rejection.clone().keeping(match ids.as_slice() {
        [] => "it has no route; the others are served".to_owned(),
        _ if fault.refused.is_some() => "its requests are answered 503".to_owned(),
        ids => format!("as it was: {}", ids.join(", ")),
    })
}
