//! `PipelineRun`s: who makes one asks for a run, and every run is shown as one.

mod asked;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use jiff::Timestamp;
use kube::runtime::watcher::{Config, Event};
use kube::{Api, Client, ResourceExt};
use weir_api::PipelineRun;
use weir_runner::Runner;

use crate::events::events;

/// How often it is looked which runs have changed.
const LOOK: Duration = Duration::from_secs(1);
/// How often objects of runs that are not kept any more are looked for.
const TIDY: Duration = Duration::from_mins(1);

/// The runs of a runner, as objects of a namespace.
pub struct Runs {
    client: Client,
    namespace: String,
    runner: Arc<Runner>,
    objects: BTreeMap<String, PipelineRun>,
    listing: BTreeMap<String, PipelineRun>,
    is_listed: bool,
    /// Objects that ask for a run of a pipeline that is not known: it may be on its way. Since when.
    early: BTreeMap<String, Instant>,
    /// Runs whose objects somebody has deleted: they are not shown again.
    hidden: BTreeSet<String>,
    /// Since when it has to be looked for changes; `None`: at all runs.
    since: Option<Timestamp>,
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Runs {
    /// Of this runner, in this namespace.
    #[must_use]
    pub const fn new(client: Client, namespace: String, runner: Arc<Runner>) -> Self {
        Self {
            client,
            namespace,
            runner,
            objects: BTreeMap::new(),
            listing: BTreeMap::new(),
            is_listed: false,
            early: BTreeMap::new(),
            hidden: BTreeSet::new(),
            since: None,
        }
    }

    /// Starts what is asked for and shows how runs stand, for ever.
    pub async fn keep(mut self) {
        let mut events = events(&self.client, &self.namespace, Config::default());
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut tidied = Instant::now();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.hear(event).await,
                    None => return,
                },
                _ = ticks.tick(), if self.is_listed => {
                    self.ask_again().await;
                    self.show().await;
                    if tidied.elapsed() >= TIDY {
                        self.tidy().await;
                        tidied = Instant::now();
                    }
                }
            }
        }
    }

    async fn hear(&mut self, event: Event<PipelineRun>) {
        match event {
            Event::Init => self.listing.clear(),
            Event::InitApply(object) => _ = self.listing.insert(object.name_any(), object),
            Event::InitDone => {
                self.objects = std::mem::take(&mut self.listing);
                self.is_listed = true;
                for object in self.objects.values().cloned().collect::<Vec<_>>() {
                    self.ask(&object).await;
                }
            }
            Event::Apply(object) => {
                self.objects.insert(object.name_any(), object.clone());
                self.ask(&object).await;
            }
            Event::Delete(object) => {
                self.objects.remove(&object.name_any());
                self.early.remove(&object.name_any());
                self.forget(&object).await;
            }
        }
    }

    fn api(&self) -> Api<PipelineRun> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}
