//! The compiler: what is known of every object, and the table that came of it. A change costs what depends on it, not what there is.
//!
//! Invariants: the table is the one that compiling every object over the table before would give. It rests on three notes of who depends on whom:
//! claims (which Ingresses ask for the same host and path), users (which Ingresses look at a Service, one that is not there included), and the
//! Services of EndpointSlices and Canaries. And one step is enough: over its own table, objects that stay the same give the same again.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::canaries::Canaries;
use super::changes::Changes;
use super::claims::{Claim, Claims};
use super::endpoints::Endpoints;
use super::order;
use super::publication::Publication;
use super::rank::Rank;
use super::services::{Entry, Services};
use super::tracks::Splits;
use super::unit::Unit;
use crate::memory::Memory;
use crate::rejection::Rejection;
use crate::table::{Epochs, Table};

type Users = FxHashMap<Arc<str>, FxHashSet<Arc<str>>>;

/// Compiles changes.
#[derive(Debug, Default)]
pub struct Compiler {
    units: FxHashMap<Arc<str>, Unit>,
    claims: Claims,
    /// Ingresses by the key of a Service that they look at.
    users: Users,
    services: Services,
    endpoints: Endpoints,
    canaries: Canaries,
    /// Faults by kind and key of what they came up with; only where there are any.
    faults: FxHashMap<(&'static str, Arc<str>), Vec<Rejection>>,
    /// Places without a route.
    free: BTreeSet<usize>,
    table: Table,
    /// Whether the table was compiled by another one, so that what it has and the first changes do not have is gone.
    inherits: bool,
}

impl Compiler {
    /// Nothing is known yet, and this table is served. The first changes must be everything there is.
    #[must_use]
    pub fn over(table: &Table) -> Self {
        let mut units: FxHashMap<Arc<str>, Unit> = FxHashMap::default();
        for route in table.routes() {
            let key = &route.origin.ingress;
            let unit = units.entry(Arc::clone(key)).or_insert_with(|| Unit::unread(key));
            unit.served.push(Arc::clone(route));
        }
        let routes = table.routes();
        let free = (0..routes.places()).filter(|place| routes.get(*place).is_none()).collect();
        Self { units, free, table: table.clone(), inherits: true, ..Self::default() }
    }

    /// The next table, and everything that is wrong now: sorted, each once.
    pub fn apply(&mut self, changes: &Changes<'_>) -> (Table, Vec<Rejection>) {
        let last = self.table.clone();
        let inherits = std::mem::take(&mut self.inherits);
        let (mut epochs, mut memory) = if inherits {
            (Epochs::default(), Memory { routes: last.memory().routes, ..Memory::default() })
        } else {
            (Arc::clone(last.shared_epochs()), last.memory().clone())
        };
        let services = self.read_backends(changes, &last, &mut epochs, &mut memory);
        let mut publication = Publication {
            routes: last.routes().clone(),
            hosts: FxHashMap::default(),
            free: std::mem::take(&mut self.free),
            uid: memory.routes,
        };
        let mut dirty = BTreeSet::new();
        if inherits {
            let named: FxHashSet<&Arc<str>> = changes.ingresses.iter().map(|(key, _)| key).collect();
            let gone = self.units.keys().filter(|key| !named.contains(key));
            for key in gone.map(Arc::clone).collect::<Vec<_>>() {
                self.forget(&key, &mut publication);
            }
        }
        self.read_ingresses(changes, &mut publication, &mut dirty);
        dirty.extend(services.iter().filter_map(|service| self.users.get(service)).flatten().map(Arc::clone));
        self.settle(dirty, &mut publication);
        let Publication { routes, hosts, free, uid } = publication;
        memory.routes = uid;
        self.free = free;
        self.table = last.next(routes, hosts, epochs, memory);
        (self.table.clone(), self.rejections())
    }

    /// Reads Services and what belongs to them. The keys of Services of which something is different.
    fn read_backends(
        &mut self,
        changes: &Changes<'_>,
        last: &Table,
        epochs: &mut Epochs,
        memory: &mut Memory,
    ) -> FxHashSet<Arc<str>> {
        let mut dirty = FxHashSet::default();
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
        dirty
    }

    /// Reads Ingresses. Those that are to be settled anew for it are added to `dirty`: they themselves, and whoever asks for the same as they.
    fn read_ingresses(
        &mut self,
        changes: &Changes<'_>,
        publication: &mut Publication,
        dirty: &mut BTreeSet<Arc<str>>,
    ) {
        for (key, ingress) in &changes.ingresses {
            let ids =
                |claims: &[Claim]| claims.iter().map(|claim| Arc::clone(claim.rank.id())).collect::<Vec<_>>();
            for (matches, claim) in self.units.get(key).into_iter().flat_map(Unit::claims) {
                self.claims.remove(matches, &claim);
                dirty.extend(ids(self.claims.of(matches)));
            }
            let Some(ingress) = ingress else {
                self.forget(key, publication);
                continue;
            };
            let unit = Unit::read(ingress, key, self.units.remove(key));
            for (matches, claim) in unit.claims() {
                dirty.extend(ids(self.claims.of(matches)));
                self.claims.insert(matches, claim);
            }
            self.units.insert(Arc::clone(key), unit);
            dirty.insert(Arc::clone(key));
        }
        if let Some(twins) = &changes.twins {
            self.note("twins", &Arc::default(), Some(twins.clone()));
        }
    }

    /// Gives every one of these Ingresses the routes that it is to have now.
    fn settle(&mut self, dirty: BTreeSet<Arc<str>>, publication: &mut Publication) {
        let ranked = dirty.into_iter().filter_map(|id| Some((Arc::clone(&self.units.get(&id)?.rank), id)));
        let mut ranked: Vec<(Arc<Rank>, Arc<str>)> = ranked.collect();
        ranked.sort();
        let mut splits = Splits::new(&self.services, &self.endpoints, &self.canaries);
        let mut settled = Vec::with_capacity(ranked.len());
        for (_, id) in ranked {
            let Some(unit) = self.units.get_mut(&id) else { continue };
            let (routes, notes) = unit.settle(&mut self.claims, &mut splits);
            let planned = publication.plan(&unit.served, routes);
            settled.push((id, planned, notes));
        }
        for (id, planned, mut notes) in settled {
            self.note("Ingress", &id, Some(std::mem::take(&mut notes.rejections)));
            let Some(unit) = self.units.get_mut(&id) else { continue };
            unit.served = publication.publish(planned);
            let before = std::mem::replace(&mut unit.needs, notes.services());
            for service in unit.needs.iter().filter(|service| !before.contains(service)) {
                self.users.entry(Arc::clone(service)).or_default().insert(Arc::clone(&id));
            }
            disuse(&mut self.users, before.iter().filter(|service| !unit.needs.contains(service)), &id);
        }
    }

    /// An Ingress is gone. Its claims are gone already.
    fn forget(&mut self, key: &Arc<str>, publication: &mut Publication) {
        if let Some(unit) = self.units.remove(key) {
            publication.plan(&unit.served, Vec::new());
            disuse(&mut self.users, unit.needs.iter(), key);
        }
        self.note("Ingress", key, None);
    }

    fn note(&mut self, kind: &'static str, key: &Arc<str>, rejections: Option<Vec<Rejection>>) {
        let key = (kind, Arc::clone(key));
        match rejections.filter(|rejections| !rejections.is_empty()) {
            Some(rejections) => self.faults.insert(key, rejections),
            None => self.faults.remove(&key),
        };
    }

    fn rejections(&self) -> Vec<Rejection> {
        let mut rejections: Vec<&Rejection> = self.faults.values().flatten().collect();
        rejections.sort_by(|a, b| order(a).cmp(&order(b)));
        rejections.dedup();
        rejections.into_iter().cloned().collect()
    }
}

/// An Ingress no longer looks at these Services.
fn disuse<'s>(users: &mut Users, services: impl Iterator<Item = &'s Arc<str>>, id: &Arc<str>) {
    for service in services {
        if let Some(of_service) = users.get_mut(service) {
            of_service.remove(id);
            if of_service.is_empty() {
                users.remove(service);
            }
        }
    }
}
