//! Pods as processes of this machine.
//!
//! ```text
//! plan        which pods to start and which to let go            pure
//! birth       a new pod: name, address, what its containers run
//!   container   a container of a template to a program             pure
//!   address     a loopback address of its own
//! pod         one pod: watched, started again, let go in order
//!   process     start, look, stop
//!   probes      whether it can serve
//!   connections who is still connected to one that leaves
//! record      what is written down about it
//! endpoints   what proxies need to know about it                 pure
//! listing     what they were told of it: files
//! ```
//! Invariants: a pod's record is written before its first process starts, so a controller that was killed finds its pods again; a pod gets no SIGTERM
//! before proxies were told that it leaves. A state directory that cannot be written stops no pod.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use weir_api::{Timestamp, Track};
use weir_directory::{StateDirectory, StateError};

use crate::catalog::{Catalog, Key};
use crate::ends::{PodEvent, Workloads};
use crate::fleet::{Fleet, Pod as Seen, Wanted};

mod address;
mod birth;
mod connections;
mod container;
mod endpoints;
mod listing;
mod plan;
mod pod;
mod probes;
mod process;
mod record;
mod stop;

pub use birth::Surroundings;
pub use stop::{stop_pods, surroundings};

use birth::Wish;
use connections::Connections;
use endpoints::Served;
use listing::Listing;
use plan::{Member, Plan};
use pod::Pod;
use probes::Probes;
use record::PodRecord;

/// Pods as processes of this machine.
#[derive(Debug)]
pub struct Local {
    state: StateDirectory,
    surroundings: Surroundings,
    logs: PathBuf,
    pods: BTreeMap<String, Pod>,
    faults: BTreeMap<(Key, Track), Fault>,
    events: Vec<PodEvent>,
    listing: Listing,
    probes: Probes,
    connections: Connections,
    births: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Fault {
    revision: String,
    text: String,
}

impl Local {
    /// Finds the pods that an earlier controller left in the state directory.
    pub fn open(state: StateDirectory, surroundings: Surroundings) -> Result<Self, StateError> {
        let logs = state.path("logs")?;
        let mut pods = BTreeMap::new();
        for record in stop::records(&state)? {
            let mut pod = Pod::new(record);
            // A process that was found by its environment is not written down yet.
            pod.unsaved = true;
            pods.insert(pod.record.name.clone(), pod);
        }
        if !pods.is_empty() {
            tracing::info!(pods = pods.len(), "found the pods of an earlier controller");
        }
        let listing = Listing::open(&state)?;
        // What proxies were told last holds until the pods have been looked at: a restart takes no pod out of service.
        let ready = listing.told_ready(&state);
        pods.values_mut().filter(|pod| ready.contains(&pod.record.address)).for_each(Pod::was_ready);
        Ok(Self {
            state,
            surroundings,
            logs,
            pods,
            faults: BTreeMap::new(),
            events: Vec::new(),
            listing,
            probes: Probes::default(),
            connections: Connections::default(),
            births: 0,
        })
    }

    fn tell(&mut self, deployment: &Key, at: Timestamp, text: String, is_warning: bool) {
        self.events.push(PodEvent { deployment: deployment.clone(), at, text, is_warning });
    }

    /// Starts and lets go what one fleet needs.
    fn fit(&mut self, fleet: &Fleet, catalog: &Catalog, now: Timestamp) {
        for pod in self.pods.values_mut().filter(|pod| belongs(&pod.record, fleet)) {
            pod.canary.clone_from(&fleet.canary);
        }
        let Wanted::Run { template, revision, replicas } = &fleet.wanted else { return };
        let mut members: Vec<&Pod> = self.pods.values().filter(|pod| belongs(&pod.record, fleet)).collect();
        members.sort_by_key(|pod| pod.record.created_at);
        let members: Vec<Member<'_>> = members.into_iter().map(member).collect();
        let Plan { start, leave } = plan::plan(&members, revision, *replicas);
        for name in leave {
            self.leave(&name, now);
        }
        let wish = Wish { deployment: &fleet.deployment, track: fleet.track, revision, template };
        let place = (fleet.deployment.clone(), fleet.track);
        let mut fault = None;
        for _ in 0..start {
            if let Err(text) = self.add(&wish, fleet, catalog, now) {
                fault = Some(Fault { revision: revision.clone(), text });
                break;
            }
        }
        self.note_fault(place, fault, now);
    }

    fn note_fault(&mut self, place: (Key, Track), fault: Option<Fault>, now: Timestamp) {
        let Some(fault) = fault else {
            self.faults.remove(&place);
            return;
        };
        if self.faults.get(&place) != Some(&fault) {
            let text = format!("{} cannot be started: {}", place.1, fault.text);
            self.tell(&place.0, now, text, true);
        }
        self.faults.insert(place, fault);
    }

    fn add(
        &mut self,
        wish: &Wish<'_>,
        fleet: &Fleet,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<(), String> {
        self.births += 1;
        let seed = format!("{}#{}#{}", self.state.root().display(), now.unix_micros(), self.births);
        let taken: BTreeSet<Ipv4Addr> = self.pods.values().map(|pod| pod.record.address).collect();
        let record = birth::birth(wish, &catalog.images, &self.surroundings, &taken, (&seed, now));
        let record = record.map_err(|error| error.to_string())?;
        let mut pod = Pod::new(record);
        pod.canary.clone_from(&fleet.canary);
        self.save(&mut pod);
        self.pods.insert(pod.record.name.clone(), pod);
        Ok(())
    }

    fn leave(&mut self, name: &str, now: Timestamp) {
        let Some(pod) = self.pods.get_mut(name).filter(|pod| pod.record.leaving_since.is_none()) else {
            return;
        };
        pod.leave(now);
        let deployment = pod.record.deployment.clone();
        self.tell(&deployment, now, format!("pod {name} leaves"), false);
    }

    /// Watches every pod's processes, before and after the plan.
    fn watch(&mut self, now: Timestamp) {
        let mut pods = std::mem::take(&mut self.pods);
        for pod in pods.values_mut() {
            for (text, is_warning) in pod.watch(&self.logs, now) {
                self.tell(&pod.record.deployment, now, text, is_warning);
            }
            if pod.unsaved {
                self.save(pod);
            }
        }
        pods.retain(|_, pod| {
            let gone =
                pod.lost_its_address || pod.let_go(self.listing.is_stored(), &mut self.connections, now);
            if gone {
                pod.reap();
                self.remove(pod);
            }
            !gone
        });
        self.pods = pods;
    }

    fn save(&self, pod: &mut Pod) {
        match self.state.write(&pod.record.path(), &pod.record) {
            Ok(_) => pod.unsaved = false,
            Err(error) => {
                pod.unsaved = true;
                tracing::error!(%error, "a pod's record cannot be stored: were the controller killed now, it would not find the pod again");
            }
        }
    }

    fn remove(&self, pod: &Pod) {
        if let Err(error) = self.state.remove(&pod.record.path()) {
            tracing::error!(%error, "the record of a pod that is gone cannot be removed");
        }
    }

    /// Tells proxies which pods serve.
    fn list(&mut self, catalog: &Catalog) {
        let pods: Vec<Served<'_>> = self
            .pods
            .values()
            .map(|pod| Served { record: &pod.record, canary: pod.canary.as_ref(), ready: pod.is_ready() })
            .collect();
        self.listing.store(&self.state, &endpoints::objects(&pods, catalog));
    }

    /// Whether each pod can serve, in the order of their names.
    fn ready(&self) -> Vec<bool> {
        self.pods.values().map(Pod::is_ready).collect()
    }

    fn seen(&self) -> Vec<Seen> {
        let pods = self.pods.values().map(|pod| Seen {
            name: pod.record.name.clone(),
            deployment: pod.record.deployment.clone(),
            track: pod.record.track,
            revision: pod.record.revision.clone(),
            ready: pod.is_ready(),
            leaving: pod.record.leaving_since.is_some(),
            problem: pod.problem(),
        });
        let faults = self.faults.iter().map(|((deployment, track), fault)| {
            Seen::missing(deployment.clone(), *track, fault.revision.clone(), fault.text.clone())
        });
        pods.chain(faults).collect()
    }
}

impl Workloads for Local {
    async fn apply(&mut self, fleets: &[Fleet], catalog: &Catalog, now: Timestamp) -> Vec<Seen> {
        let mut probes = std::mem::take(&mut self.probes);
        probes.collect(&mut self.pods, now);
        self.watch(now);
        for fleet in fleets {
            self.fit(fleet, catalog, now);
        }
        self.faults.retain(|place, _| fleets.iter().any(|f| (&f.deployment, f.track) == (&place.0, place.1)));
        let wanted = |record: &PodRecord| fleets.iter().any(|fleet| belongs_to(record, fleet));
        let orphans: Vec<String> = self
            .pods
            .values()
            .filter(|pod| !wanted(&pod.record))
            .map(|pod| pod.record.name.clone())
            .collect();
        for name in orphans {
            self.leave(&name, now);
        }
        self.list(catalog);
        let told = self.ready();
        self.watch(now);
        if self.ready() != told {
            // A pod that died meanwhile: what the caller hears of it proxies hear, too.
            self.list(catalog);
        }
        self.pods.values().for_each(|pod| probes.ask(pod, now));
        self.probes = probes;
        self.seen()
    }

    fn take_events(&mut self) -> Vec<PodEvent> {
        std::mem::take(&mut self.events)
    }

    fn is_settled(&self) -> bool {
        !self.pods.values().any(Pod::is_moving)
    }
}

fn member(pod: &Pod) -> Member<'_> {
    Member { name: &pod.record.name, revision: &pod.record.revision, ready: pod.is_ready() }
}

/// Whether a pod that serves is one of a fleet's.
fn belongs(record: &PodRecord, fleet: &Fleet) -> bool {
    record.leaving_since.is_none() && belongs_to(record, fleet)
}

fn belongs_to(record: &PodRecord, fleet: &Fleet) -> bool {
    record.deployment == fleet.deployment && record.track == fleet.track
}
