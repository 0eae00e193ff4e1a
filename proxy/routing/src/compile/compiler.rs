//! The compiler: what is known of every object, and the table that came of it. A change costs what depends on it, not what there is.
//!
//! Invariants: the table is the one that compiling every object over the table before would give. It rests on three notes of who depends on whom:
//! claims (which Ingresses ask for the same host and path; what they make of the host), users (which Ingresses look at a Service, Secret or ConfigMap, one that is not there included), and the
//! Services of EndpointSlices and Canaries. And one step is enough: over its own table, objects that stay the same give the same again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::arms::Arms;
use super::canaries::Canaries;
use super::changes::Changes;
use super::claims::Claims;
use super::draft::Need;
use super::endpoints::Endpoints;
use super::hosts::Hosts;
use super::publication::Publication;
use super::rank::Rank;
use super::routes::Making;
use super::services::Services;
use super::splits::Splits;
use super::unit::{Settled, Unit};
use super::{Options, aliases, named, order};
use crate::memory::Memory;
use crate::rejection::Rejection;
use crate::table::{Epochs, Table};

mod reading;

type Users = FxHashMap<Need, FxHashSet<Arc<str>>>;

/// Compiles changes.
#[derive(Debug, Default)]
pub struct Compiler {
    units: FxHashMap<Arc<str>, Unit>,
    claims: Claims,
    hosts: Hosts,
    arms: Arms,
    options: Options,
    /// Ingresses by what they look at.
    users: Users,
    named: named::Objects,
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
        self.options.clone_from(&changes.options);
        let inherits = std::mem::take(&mut self.inherits);
        let (mut epochs, mut memory) = if inherits {
            (Epochs::default(), Memory { routes: last.memory().routes, ..Memory::default() })
        } else {
            (Arc::clone(last.shared_epochs()), last.memory().clone())
        };
        let mut different = self.read_backends(changes, &last, &mut epochs, &mut memory);
        self.read_named(changes, &mut different);
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
        dirty.extend(different.iter().filter_map(|need| self.users.get(need)).flatten().map(Arc::clone));
        self.settle(dirty, &mut publication);
        let Publication { routes, hosts, free, uid } = publication;
        memory.routes = uid;
        self.free = free;
        let (others, faults) = aliases::settle(&self.hosts, &self.claims);
        self.note("aliases", &Arc::default(), Some(faults));
        self.note("arms", &Arc::default(), Some(self.arms.orphans(&self.claims)));
        self.table = last.next(routes, hosts, others, epochs, memory);
        (self.table.clone(), self.rejections())
    }

    /// Gives every one of these Ingresses the routes that it is to have now, and those whose hosts are no longer what they were.
    fn settle(&mut self, dirty: BTreeSet<Arc<str>>, publication: &mut Publication) {
        let mut claimed = BTreeMap::new();
        let mut next = dirty;
        loop {
            self.claim(next, &mut claimed);
            let changed = self.hosts.settle(&mut self.claims);
            next = changed.iter().flat_map(|host| self.on_host(host)).collect();
            next.retain(|id| self.units.get(id).is_some_and(|unit| !claimed.contains_key(&unit.rank)));
            if next.is_empty() {
                break;
            }
        }
        let splits = Splits::new(&self.services, &self.endpoints, &self.canaries);
        let mut making = Making {
            splits,
            hosts: &self.hosts,
            arms: &self.arms,
            named: &self.named,
            options: &self.options,
        };
        let mut settled = Vec::with_capacity(claimed.len());
        for (rank, drafts) in claimed {
            let id = rank.id();
            let Some(unit) = self.units.get(id) else { continue };
            let (routes, notes) = unit.routes(drafts, &mut making);
            let planned = publication.plan(&unit.served, routes);
            settled.push((Arc::clone(id), planned, notes));
        }
        for (id, planned, mut notes) in settled {
            self.note("Ingress", &id, Some(std::mem::take(&mut notes.rejections)));
            let Some(unit) = self.units.get_mut(&id) else { continue };
            unit.served = publication.publish(planned);
            let before = std::mem::replace(&mut unit.needs, notes.needs());
            for need in unit.needs.iter().filter(|need| !before.contains(need)) {
                self.users.entry(need.clone()).or_default().insert(Arc::clone(&id));
            }
            disuse(&mut self.users, before.iter().filter(|need| !unit.needs.contains(need)), &id);
        }
    }

    /// Decides what each of these Ingresses is to have, the first by rank first.
    fn claim(&mut self, ids: BTreeSet<Arc<str>>, claimed: &mut BTreeMap<Arc<Rank>, Settled>) {
        let ranked = ids.into_iter().filter_map(|id| Some((Arc::clone(&self.units.get(&id)?.rank), id)));
        let mut ranked: Vec<(Arc<Rank>, Arc<str>)> = ranked.collect();
        ranked.sort();
        for (_, id) in &ranked {
            if let Some(unit) = self.units.get_mut(id) {
                unit.release(&mut self.claims);
            }
        }
        for (rank, id) in ranked {
            if let Some(unit) = self.units.get_mut(&id) {
                claimed.insert(rank, unit.settle(&mut self.claims));
            }
        }
    }

    /// Ingresses that have routes of a host, or would have.
    fn on_host(&self, host: &str) -> Vec<Arc<str>> {
        let served = self.table.routes_of(host).map(|route| Arc::clone(&route.origin.ingress));
        served.chain(self.hosts.waiting(host).map(Arc::clone)).collect()
    }

    /// An Ingress is gone. Its claims are gone already.
    fn forget(&mut self, key: &Arc<str>, publication: &mut Publication) {
        if let Some(unit) = self.units.remove(key) {
            self.hosts.set(&unit.rank, unit.hosts.as_ref(), None);
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

/// An Ingress no longer looks at these.
fn disuse<'n>(users: &mut Users, needs: impl Iterator<Item = &'n Need>, id: &Arc<str>) {
    for need in needs {
        if let Some(of_it) = users.get_mut(need) {
            of_it.remove(id);
            if of_it.is_empty() {
                users.remove(need);
            }
        }
    }
}
