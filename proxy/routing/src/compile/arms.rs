//! Arms of canary Ingresses, by the host and path that they share with a main one.
//!
//! As in ingress-nginx an arm makes no host, path or certificate: it belongs to the route with the same host, path and path type, and there is one
//! for each, the oldest. Unlike there it belongs to that route and not to the Service behind it, so it never leaks to other paths of the Service.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::claims::Claims;
use super::draft::{Arm, Notes};
use super::rank::Rank;
use super::splits::Splits;
use crate::rejection::{self, Rejection};
use crate::route::Match;
use crate::split::{Split, Tracks};

/// Every arm.
#[derive(Debug, Default)]
pub(super) struct Arms {
    by_match: FxHashMap<Match, BTreeMap<Place, Arc<Arm>>>,
}

/// Rank of the canary Ingress, and number of the path in it.
type Place = (Arc<Rank>, usize);

impl Arms {
    pub(super) fn insert(&mut self, rank: &Arc<Rank>, number: usize, arm: &Arc<Arm>) {
        let of_match = self.by_match.entry(arm.matches.clone()).or_default();
        of_match.insert((Arc::clone(rank), number), Arc::clone(arm));
    }

    pub(super) fn remove(&mut self, rank: &Arc<Rank>, number: usize, arm: &Arm) {
        if let Some(of_match) = self.by_match.get_mut(&arm.matches) {
            of_match.remove(&(Arc::clone(rank), number));
            if of_match.is_empty() {
                self.by_match.remove(&arm.matches);
            }
        }
    }

    /// What is wrong with arms that no route has.
    pub(super) fn orphans(&self, claims: &Claims) -> Vec<Rejection> {
        let orphans = self.by_match.iter().filter(|(matches, _)| claims.of(matches).is_empty());
        let faults = orphans.flat_map(|(matches, arms)| {
            arms.values().map(move |arm| {
                let message = format!(
                    "no main Ingress has {} of host {}: make one with this very path and path type",
                    matches.shown(),
                    matches.host
                );
                fault(arm, message).keeping("there is no route of it")
            })
        });
        faults.collect()
    }

    /// The split of a route with the arm that it has, if it has one.
    pub(super) fn attach(
        &self,
        split: Split,
        matches: &Match,
        splits: &Splits<'_>,
        notes: &mut Notes,
    ) -> Split {
        let mut arms = self.by_match.get(matches).into_iter().flat_map(BTreeMap::values);
        let Some(arm) = arms.next() else { return split };
        notes.rejections.extend(arms.map(|extra| {
            let message = format!(
                "Ingress {} is the canary of this path already: one is used, the oldest",
                arm.origin.ingress
            );
            fault(extra, message).keeping("that one stays in force")
        }));
        let stable = match split {
            Split::Single(stable) => stable,
            Split::Tracks(tracks) => {
                let message = format!(
                    "Service {} has a split by weir.dev, which goes before this Ingress: take one of them away",
                    tracks.stable().service
                );
                notes.rejections.push(fault(arm, message).keeping("the split by weir.dev stays in force"));
                return Split::Tracks(tracks);
            }
        };
        let rule = &arm.rule;
        let place = rejection::Place::of("Ingress", &arm.origin.ingress);
        let canary = match splits.arm(place.namespace, &arm.origin, notes) {
            Ok(canary) => canary,
            Err(message) => {
                notes.rejections.push(fault(arm, message).keeping("all requests go to the main Service"));
                return Split::Single(stable);
            }
        };
        if canary.service == stable.service {
            let message = format!("Service {} is the main Ingress's own: name another one", canary.service);
            notes.rejections.push(fault(arm, message).keeping("all requests go to the main Service"));
            return Split::Single(stable);
        }
        if let Some(problem) = &canary.problem {
            let kept = "all requests go to the main Service";
            let field = format!("{}.backend.service.name", arm.origin.field);
            notes.rejections.push(place.warning(field, &**problem).keeping(kept));
        }
        // ingress-nginx has no balancer for a Service without endpoints: the main one's answers 503 then, and the canary's is not chosen.
        if rule.is_strict && !(stable.is_ready() && canary.is_ready()) {
            return Split::Single(stable);
        }
        Split::Tracks(Box::new(Tracks::by_rule(stable, canary, Arc::clone(rule))))
    }
}

fn fault(arm: &Arm, message: String) -> Rejection {
    rejection::Place::of("Ingress", &arm.origin.ingress).error(&*arm.origin.field, message)
}
