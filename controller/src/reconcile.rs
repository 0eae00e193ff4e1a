//! One look at everything: dereference -> validate -> observe -> judge -> advance -> store -> apply.
//!
//! ```text
//! order       which of two Canaries is in force              pure
//! admit       which Canaries can be followed, and why not     store
//!   subject     a Canary with everything that it names        pure
//! follow      one Canary: observe -> judge -> advance -> store
//!   metrics     what metrics of other programs say            pure
//!   observe     what was seen, in the words of the decision   pure
//!   command     what an annotation asks for, and its answer   pure
//!   managed     a transition: stored first, then in force     store
//!   figures     what people look at, for the status           pure
//! wanted      which pods should run                           pure
//! leaving     a Canary that is being deleted                  store
//! heard       proxies that are gone, and what they counted    pure
//! silence     proxies that do not answer                      pure
//! notices     what happened, for people                       pure
//! show        what a progress display needs                   pure
//! looked      what one look gives, and when the next comes    pure
//! checkpoint  the evidence, for who comes next                store
//! ```
//! Objects and reports come in as values; [`Store`] and [`Workloads`] are the only ends. Invariant: a second look at the same world stores nothing.

use std::collections::BTreeMap;

use weir_api::Timestamp;
use weir_rollout::Command;
use weir_telemetry::window::Windows;
use weir_telemetry::wire::{Report, SeriesKey};

use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::fleet::Pod;
use crate::recent::Recent;
use crate::sample::{Interval, Tracks};
use crate::scores::Answer;
use crate::scrape::Scraped;

use heard::Heard;
use silence::Silence;

mod admit;
mod checkpoint;
mod command;
mod figures;
mod follow;
mod heard;
mod leaving;
mod looked;
mod managed;
mod metrics;
mod notices;
mod observe;
mod order;
mod show;
mod silence;
mod subject;
mod wanted;

use looked::waits_for_proxies;
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
            saved_at: None,
        };
        controller.begin(now);
        controller
    }

    /// One look at everything.
    pub async fn look(&mut self, inputs: Inputs<'_>) -> Looked {
        let Inputs { catalog, scraped, answers: _, commands: _, now } = inputs;
        let intervals = self.feed(scraped);
        self.heard.forget_gone(&mut self.windows, &intervals, now);
        self.silence.note(scraped, now);
        self.pods.get_or_insert_with(|| self.workloads.known(catalog));
        let mut looked = Looked { problems: catalog.problems.clone(), ..Looked::default() };
        let mut fleets = Vec::new();
        let mut subjects = BTreeMap::new();
        self.forget(catalog, &mut looked).await;
        for (key, canary) in order::in_force_first(&catalog.canaries, &self.managed) {
            match self.subject((key, canary), catalog, &fleets, &subjects) {
                Ok(subject) => {
                    self.refused.remove(key);
                    self.look_at(&subject, &inputs, &intervals, &mut looked).await;
                    self.keep(&subject, canary, &mut looked).await;
                    self.add_fleets(&subject, &mut fleets);
                    subjects.insert(key.clone(), subject);
                }
                Err(_) if canary.metadata.deletion_timestamp.is_some() => {
                    self.part_with((key, canary), catalog, &mut fleets, &mut looked).await;
                }
                Err(problem) => {
                    if self.refused.insert(key.clone(), problem.clone()).as_ref() != Some(&problem) {
                        looked.notices.push(Notice::refused((key, canary), &problem));
                    }
                    if let Err(error) = self.store.refuse(key, canary, &problem, now).await {
                        looked.failed = true;
                        looked.problems.push(error.to_string());
                    }
                    self.hold((key, canary), &problem, now, &mut fleets, &mut looked);
                }
            }
        }
        self.add_other_deployments(catalog, &mut fleets);
        self.pods = Some(self.workloads.apply(&fleets, catalog, now).await);
        self.let_go(catalog, &subjects, now, &mut looked).await;
        notices::add(&mut looked, catalog);
        self.take_pod_events(catalog, &mut looked);
        self.remember(&intervals, now);
        for (key, subject) in &subjects {
            if let Some(managed) = self.managed.get(key) {
                looked.views.insert(key.clone(), show::view(subject, managed, now));
            }
        }
        self.save(&mut looked, now);
        looked.soon = !self.workloads.is_settled()
            || self.managed.values().any(|managed| waits_for_proxies(managed, now));
        looked.measures = self.managed.values().filter_map(Managed::measures).max();
        looked.rests = looked.measures.is_none() && !looked.failed && self.workloads.rests();
        looked
    }

    fn feed(&mut self, scraped: &[Scraped]) -> Vec<Interval> {
        let reports = scraped.iter().filter_map(|scraped| scraped.report.as_ref().ok());
        reports
            .map(|report| Interval {
                instance: report.instance.clone(),
                epochs: report.epochs.clone(),
                windows: self.windows.feed(report),
                open: open(report),
            })
            .collect()
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
                    looked.failed = true;
                    looked.problems.push(format!("Canary {key} is gone, but its weights stay: {error}"));
                }
            }
        }
    }

    fn take_pod_events(&mut self, catalog: &Catalog, looked: &mut Looked) {
        for event in self.workloads.take_events() {
            let crate::ends::PodEvent { deployment, at, text, is_warning } = event;
            if is_warning {
                tracing::warn!(deployment = %deployment, "{text}");
            } else {
                tracing::info!(deployment = %deployment, "{text}");
            }
            for (key, managed) in self.managed.iter_mut().filter(|(_, one)| one.deployment == deployment) {
                managed.record.history.tell(at, "Pod", text.clone());
                if let Some(canary) = catalog.canaries.get(key) {
                    looked.notices.push(Notice::pod((key, canary), text.clone(), is_warning));
                }
            }
        }
    }

    /// What stable served becomes the past, from which the next release's thresholds are taken.
    fn remember(&mut self, intervals: &[Interval], now: Timestamp) {
        let mut stable: BTreeMap<&str, Tracks> = BTreeMap::new();
        for interval in intervals {
            for key in interval.windows.keys() {
                stable.entry(key.service.as_str()).or_default();
            }
        }
        for (service, tracks) in &mut stable {
            for interval in intervals {
                tracks.add(service, "", &interval.windows);
            }
        }
        for (service, tracks) in stable {
            self.recent.entry(service.to_owned()).or_default().add(&tracks.stable, now);
        }
    }
}
/// Requests that have not ended, where there are any.
fn open(report: &Report) -> BTreeMap<SeriesKey, u64> {
    let mut open = BTreeMap::new();
    for series in report.series.iter().filter(|series| series.counts.in_flight > 0) {
        let sum: &mut u64 = open.entry(series.key.clone()).or_default();
        *sum = sum.saturating_add(series.counts.in_flight);
    }
    open
}
