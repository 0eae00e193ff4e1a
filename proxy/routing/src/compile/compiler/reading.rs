//! The first half of a change: what is different is read, and what is to be settled for it is noted.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Compiler;
use crate::compile::changes::Changes;
use crate::compile::claims::Claim;
use crate::compile::draft::Need;
use crate::compile::publication::Publication;
use crate::compile::services::Entry;
use crate::compile::unit::Unit;
use crate::memory::Memory;
use crate::named::Named;
use crate::table::{Epochs, Table};

impl Compiler {
    /// Reads Services and what belongs to them. Those of which something is different.
    pub(super) fn read_backends(
        &mut self,
        changes: &Changes<'_>,
        last: &Table,
        epochs: &mut Epochs,
        memory: &mut Memory,
    ) -> FxHashSet<Need> {
        let mut dirty: FxHashSet<Arc<str>> = FxHashSet::default();
        for (key, service) in &changes.services {
            let entry = service.map(|service| Entry::read(service, last.memory().annotations.get(key)));
            memory.set_annotations(key, entry.as_ref().and_then(|entry| entry.annotations.as_ref()));
            self.note("Service", key, entry.as_ref().map(|entry| entry.rejections.clone()));
            if self.services.set(key, entry) {
                dirty.insert(Arc::clone(key));
            }
        }
        for (key, slice) in &changes.endpoint_slices {
            dirty.extend(self.endpoints.set(key, *slice));
        }
        let mut released = BTreeSet::new();
        for (key, canary) in &changes.canaries {
            released.extend(self.canaries.set(key, *canary));
        }
        for (key, status) in &changes.statuses {
            released.extend(self.canaries.set_status(key, *status));
        }
        self.canaries.settle(&released, last, epochs, memory);
        for service in released {
            let faults = self.canaries.of(&service).map(|release| release.rejections.clone());
            self.note("Canary", &service, faults);
            dirty.insert(service);
        }
        dirty.into_iter().map(Need::Service).collect()
    }

    /// Reads Secrets and ConfigMaps. Those that are different are added.
    pub(super) fn read_named(&mut self, changes: &Changes<'_>, different: &mut FxHashSet<Need>) {
        for (key, secret) in &changes.secrets {
            if self.named.set_secret(key, *secret) {
                different.insert(Need::Named(Named::Secret(Arc::clone(key))));
            }
        }
        for (key, map) in &changes.config_maps {
            if self.named.set_config_map(key, *map) {
                different.insert(Need::Named(Named::ConfigMap(Arc::clone(key))));
            }
        }
    }

    /// Reads Ingresses. Those that are to be settled anew for it are added to `dirty`: they themselves, and whoever asks for the same as they.
    pub(super) fn read_ingresses(
        &mut self,
        changes: &Changes<'_>,
        publication: &mut Publication,
        dirty: &mut BTreeSet<Arc<str>>,
    ) {
        for (key, ingress) in &changes.ingresses {
            let ids =
                |claims: &[Claim]| claims.iter().map(|claim| Arc::clone(claim.rank.id())).collect::<Vec<_>>();
            if let Some(unit) = self.units.get(key) {
                for (matches, claim) in unit.claims() {
                    self.claims.remove(matches, &claim);
                    dirty.extend(ids(self.claims.of(matches)));
                }
                for (number, arm) in unit.arms.iter().enumerate() {
                    self.arms.remove(&unit.rank, number, arm);
                    dirty.extend(ids(self.claims.of(&arm.matches)));
                }
                self.hosts.set(&unit.rank, unit.hosts.as_ref(), None);
            }
            let Some(ingress) = ingress else {
                self.forget(key, publication);
                continue;
            };
            let unit = Unit::read(ingress, key, &self.options, self.units.remove(key));
            for (matches, claim) in unit.claims() {
                dirty.extend(ids(self.claims.of(matches)));
                self.claims.insert(matches, claim);
            }
            for (number, arm) in unit.arms.iter().enumerate() {
                self.arms.insert(&unit.rank, number, arm);
                dirty.extend(ids(self.claims.of(&arm.matches)));
            }
            self.hosts.set(&unit.rank, None, unit.hosts.as_ref());
            self.units.insert(Arc::clone(key), unit);
            dirty.insert(Arc::clone(key));
        }
        if let Some(twins) = &changes.twins {
            self.note("twins", &Arc::default(), Some(twins.clone()));
        }
    }
}
