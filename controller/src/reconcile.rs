//! One look at everything: dereference -> validate -> observe -> judge -> advance -> store -> apply.
//!
//! ```text
//! counted     what proxies have counted since the last look   pure
//!   heard       proxies that are gone, and what they counted  pure
//!   silence     proxies that do not answer                    pure
//! order       which of two Canaries is in force              pure
//! admit       which Canaries can be followed, and why not     store
//!   subject     a Canary with everything that it names        pure
//!   refused     one that cannot be followed                   store
//! follow      one Canary: observe -> judge -> advance -> store
//!   metrics     what metrics of other programs say            pure
//!   observe     what was seen, in the words of the decision   pure
//!   command     what an annotation asks for, and its answer   pure
//!   managed     a transition: stored first, then in force     store
//!   figures     what people look at, for the status           pure
//! wanted      which pods should run                           pure
//! leaving     a Canary that is being deleted                  store
//! flags       what flags remember of releases              store
//! notices     what happened, for people                       pure
//! announce    the same for people and programs elsewhere      pure
//! show        what a progress display needs                   pure
//! looked      what one look gives, and when the next comes    pure
//! checkpoint  the evidence, for who comes next                store
//! ```
//! Objects and reports come in as values; [`Store`] and [`Workloads`] are the only ends. Invariant: a second look at the same world stores nothing.

use std::collections::BTreeMap;

use weir_api::Timestamp;
use weir_rollout::Command;
use weir_telemetry::window::Windows;

use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::fleet::{Fleet, Pod};
use crate::notifiers::{Notifiers, Told};
use crate::recent::Recent;
use crate::sample::Interval;
use crate::scores::Answer;
use crate::scrape::Scraped;

use heard::Heard;
use silence::Silence;

mod admit;
mod announce;
mod checkpoint;
mod command;
mod counted;
mod figures;
mod flags;
mod follow;
mod heard;
mod leaving;
mod looked;
mod managed;
mod metrics;
mod notices;
mod observe;
mod order;
mod refused;
mod show;
mod silence;
mod subject;
mod wanted;

pub use looked::{Looked, pause};
pub(crate) use managed::{Managed, Record};
pub(crate) use notices::Notice;
pub(crate) use subject::{Subject, SubjectError};

/// How the controller works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Pods of a Deployment that leaves their number to an autoscaler.
    pub default_replicas: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { default_replicas: 2 }
    }
}

/// What one look is given.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The objects.
    pub catalog: &'a Catalog,
    /// What each proxy said.
    pub scraped: &'a [Scraped],
    /// What became of the windows that were to be judged.
    pub answers: &'a [Answer],
    /// Who can be told of releases elsewhere.
    pub notifiers: &'a Notifiers,
    /// What became of what they were to be told.
    pub told: &'a [Told],
    /// What somebody asked for since the last look.
    pub commands: &'a BTreeMap<Key, Command>,
    /// Now.
    pub now: Timestamp,
}

/// The control loop's memory. Everything in it is stored, or can be rebuilt.
#[derive(Debug)]
pub struct Controller<S, W> {
    settings: Settings,
    store: S,
    workloads: W,
    windows: Windows,
    recent: BTreeMap<String, Recent>,
    restored: BTreeMap<String, Record>,
    managed: BTreeMap<Key, Managed>,
    /// Canaries that cannot be followed, and why.
    refused: BTreeMap<Key, String>,
    /// As the last look found them; `None` before the first one.
    pods: Option<Vec<Pod>>,
    silence: Silence,
    heard: Heard,
    flags: flags::Flags,
    /// When the evidence was stored last.
    saved_at: Option<Timestamp>,
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// A controller that has not looked yet.
    #[must_use]
    pub fn new(settings: Settings, store: S, workloads: W, now: Timestamp) -> Self {
        let mut controller = Self {
            settings,
            store,
            workloads,
            windows: Windows::watching_since(now.unix_micros()),
            recent: BTreeMap::new(),
            restored: BTreeMap::new(),
            managed: BTreeMap::new(),
            refused: BTreeMap::new(),
            pods: None,
            silence: Silence::default(),
            heard: Heard::default(),
            flags: flags::Flags::default(),
            saved_at: None,
        };
        controller.begin(now);
        controller
    }

    /// One look at everything.
    pub async fn look(&mut self, inputs: Inputs<'_>) -> Looked {
        let Inputs { catalog, scraped, now, .. } = inputs;
        let mut looked = Looked { problems: catalog.problems.clone(), ..Looked::default() };
        let intervals = self.hear(scraped, now);
        self.pods.get_or_insert_with(|| self.workloads.known(catalog));
        self.forget(catalog, &mut looked).await;
        self.hear_told(&inputs, &mut looked);
        let (subjects, fleets) = self.follow_all(&inputs, &intervals, &mut looked).await;
        self.pods = Some(self.workloads.apply(&fleets, catalog, now).await);
        self.let_go(catalog, &subjects, now, &mut looked).await;
        self.tell(catalog, &mut looked);
        self.announce(&inputs, &mut looked);
        self.remember(&intervals, now);
        self.save(&mut looked, now);
        self.conclude(&subjects, now, &mut looked);
        self.follow_flags(catalog, now, &mut looked).await;
        looked
    }

    /// Brings every Canary one look further, as far as it can be followed; gives those that can, and the pods that are wanted for all.
    async fn follow_all(
        &mut self,
        inputs: &Inputs<'_>,
        intervals: &[Interval],
        looked: &mut Looked,
    ) -> (BTreeMap<Key, Subject>, Vec<Fleet>) {
        let Inputs { catalog, now, .. } = *inputs;
        let (mut subjects, mut fleets) = (BTreeMap::new(), Vec::new());
        for (key, canary) in order::in_force_first(&catalog.canaries, &self.managed) {
            match self.admit((key, canary), catalog, &fleets, &subjects) {
                Ok(subject) => {
                    self.refused.remove(key);
                    self.look_at(&subject, inputs, intervals, looked).await;
                    self.keep(&subject, canary, looked).await;
                    self.add_fleets(&subject, &mut fleets);
                    subjects.insert(key.clone(), subject);
                }
                Err(_) if canary.metadata.deletion_timestamp.is_some() => {
                    self.part_with((key, canary), catalog, &mut fleets, looked).await;
                }
                Err(problem) => self.refuse((key, canary), &problem, now, &mut fleets, looked).await,
            }
        }
        self.add_other_deployments(catalog, &mut fleets);
        (subjects, fleets)
    }

    /// Canaries that are gone: their weights go first.
    async fn forget(&mut self, catalog: &Catalog, looked: &mut Looked) {
        self.refused.retain(|key, _| catalog.canaries.contains_key(key));
        let gone: Vec<Key> =
            self.managed.keys().filter(|key| !catalog.canaries.contains_key(key)).cloned().collect();
        for key in gone {
            match self.store.withdraw_status(&key).await {
                Ok(()) => {
                    self.managed.remove(&key);
                }
                Err(error) => {
                    looked.not_stored(format!("Canary {key} is gone, but its weights stay: {error}"));
                }
            }
        }
    }
}
