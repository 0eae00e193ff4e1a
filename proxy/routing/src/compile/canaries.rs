//! Canaries: the split and the epoch of each Service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::status::Split;
use weir_api::{Canary, CanaryStatus};

use super::rank::Rank;
use crate::memory::Memory;
use crate::rejection::{Place, Rejection};
use crate::table::{Epochs, Table};

/// What one Canary says about its Service.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) key: Arc<str>,
    /// The weights in force; none: all to the Service itself.
    pub(super) split: Option<Split>,
    /// Revision behind the Service itself where there is no split.
    pub(super) stable_revision: Option<Arc<str>>,
    /// The epoch in force, once the controller has written one.
    epoch: Option<u64>,
    /// What is wrong with it, and with the other Canaries of the Service.
    pub(super) rejections: Vec<Rejection>,
}

/// Every Canary, and which one is in force, by the key of its Service.
#[derive(Debug, Default)]
pub(super) struct Canaries {
    written: FxHashMap<Arc<str>, Written>,
    statuses: FxHashMap<Arc<str>, CanaryStatus>,
    by_service: FxHashMap<Arc<str>, BTreeMap<Rank, Arc<str>>>,
    in_force: FxHashMap<Arc<str>, Release>,
}

/// One Canary as it was written.
#[derive(Debug)]
struct Written {
    rank: Rank,
    service: Arc<str>,
    status: Option<CanaryStatus>,
}

impl Canaries {
    /// Reads a Canary in place of the one of the same key, or takes it away. The keys of the Services that it is or was for.
    pub(super) fn set(&mut self, key: &Arc<str>, canary: Option<&Canary>) -> Vec<Arc<str>> {
        let before = self.written.remove(key).map(|before| {
            if let Some(of_service) = self.by_service.get_mut(&before.service) {
                of_service.remove(&before.rank);
            }
            before.service
        });
        let after = canary.map(|canary| {
            let rank = Rank::new(&canary.metadata, key);
            let namespace = Place::new("Canary", &canary.metadata).namespace;
            let service: Arc<str> = format!("{namespace}/{}", canary.spec.service).into();
            self.by_service.entry(Arc::clone(&service)).or_default().insert(rank.clone(), Arc::clone(key));
            let written = Written { rank, service: Arc::clone(&service), status: canary.status.clone() };
            self.written.insert(Arc::clone(key), written);
            service
        });
        before.into_iter().chain(after).collect()
    }

    /// The same for a status that is kept apart.
    pub(super) fn set_status(&mut self, key: &Arc<str>, status: Option<&CanaryStatus>) -> Option<Arc<str>> {
        match status {
            Some(status) => self.statuses.insert(Arc::clone(key), status.clone()),
            None => self.statuses.remove(key),
        };
        self.written.get(key).map(|canary| Arc::clone(&canary.service))
    }

    /// Decides anew which Canary is in force for each of these Services. What they remember is brought up to date.
    pub(super) fn settle(
        &mut self,
        services: &BTreeSet<Arc<str>>,
        last: &Table,
        epochs: &mut Epochs,
        memory: &mut Memory,
    ) {
        if services.is_empty() {
            return;
        }
        let (epochs, splits) = (Arc::make_mut(epochs), Arc::make_mut(&mut memory.splits));
        // All of them first: a Canary may have moved from one of the Services to another.
        for before in services.iter().filter_map(|service| self.in_force.remove(service)) {
            epochs.remove(&before.key);
            splits.remove(&before.key);
        }
        for service in services {
            let Some(release) = self.release(service, last) else {
                self.by_service.remove(service);
                continue;
            };
            if let Some(epoch) = release.epoch {
                epochs.insert(Arc::clone(&release.key), epoch);
            }
            if let Some(split) = &release.split {
                splits.insert(Arc::clone(&release.key), split.clone());
            }
            self.in_force.insert(Arc::clone(service), release);
        }
    }

    /// The Canary of a Service.
    pub(super) fn of(&self, service: &str) -> Option<&Release> {
        self.in_force.get(service)
    }

    fn release(&self, service: &Arc<str>, last: &Table) -> Option<Release> {
        let mut keys = self.by_service.get(service)?.iter();
        let (rank, id) = keys.next()?;
        let own = self.written.get(id).and_then(|canary| canary.status.as_ref());
        let status = self.statuses.get(id).or(own);
        let mut release = release(rank.key(), status, last);
        for (rank, _) in keys {
            let message = format!("Service {service} already belongs to Canary {}", release.key);
            let key = rank.key();
            let place = Place::of("Canary", &key);
            release
                .rejections
                .push(place.error("spec.service", message).keeping("that Canary stays in force"));
        }
        Some(release)
    }
}

fn release(key: Arc<str>, status: Option<&CanaryStatus>, served: &Table) -> Release {
    let stable_revision =
        status.and_then(|s| s.stable.as_ref()).map(|stable| stable.revision.as_str().into());
    let mut rejections = Vec::new();
    let (split, epoch) = match status.map(|status| (status, &status.split)) {
        None => (None, None),
        Some((status, None)) => (None, Some(status.epoch)),
        Some((_, Some(split))) if is_whole(split) => (Some(split.clone()), Some(split.epoch)),
        Some((_, Some(_))) => {
            // The epoch of what is served, not of what was asked for: nobody may take this for an acknowledgement.
            let last = served.memory().splits.get(&key).cloned();
            let epoch = served.epochs().get(&key).copied();
            let kept = last.as_ref().map_or_else(
                || "all requests go to stable".to_owned(),
                |split| format!("the split of epoch {} stays in force", split.epoch),
            );
            let message = "canary and baseline together are more than 100 %";
            rejections.push(Place::of("Canary", &key).error("status.split", message).keeping(kept));
            (last, epoch)
        }
    };
    Release { key, split, stable_revision, epoch, rejections }
}

fn is_whole(split: &Split) -> bool {
    let baseline = split.baseline.as_ref().map(|b| b.weight).unwrap_or_default();
    split.canary.weight.checked_add(baseline).is_some()
}
