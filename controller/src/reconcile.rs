//! One look at everything: dereference -> validate -> observe -> judge -> advance -> store -> apply.
//!
//! ```text
//! subject   a Canary with everything that it names          pure
//! observe   what was seen, in the words of the decision     pure
//! managed   a transition: stored first, then in force       store
//! show      what a progress display needs                   pure
//! ```
//! Objects and reports come in as values; [`Store`] and [`Workloads`] are the only ends. Invariant: a second look at the same world stores nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::status::Phase;
use weir_api::{Canary, Timestamp, Track};
use weir_rollout::desired::Desired;
use weir_rollout::{Command, Event, State, advance, desired};
use weir_telemetry::window::Windows;

use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::evidence::Scope;
use crate::fleet::{self, Fleet, Pod, Wanted};
use crate::recent::Recent;
use crate::sample::{Interval, Tracks};
use crate::scrape::Scraped;
use crate::view::ReleaseView;

mod managed;
mod observe;
mod show;
mod subject;

pub use managed::{Managed, Record};
pub use subject::{Subject, SubjectError};

/// After a change of the weights, looks come fast for this long.
const HURRY: Duration = Duration::from_secs(5);

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
    /// What somebody asked for since the last look.
    pub commands: &'a BTreeMap<Key, Command>,
    /// Now.
    pub now: Timestamp,
}

/// What one look gives.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Every Canary as it stands.
    pub views: BTreeMap<Key, ReleaseView>,
    /// What happened.
    pub events: Vec<(Key, Event)>,
    /// Whether something will change soon by itself, so that the next look should not wait.
    pub soon: bool,
    /// What keeps the controller from doing its work.
    pub problems: Vec<String>,
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
    pods: Vec<Pod>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checkpoint<'a> {
    windows: &'a Windows,
    recent: &'a BTreeMap<String, Recent>,
    records: BTreeMap<String, &'a Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    windows: Windows,
    recent: BTreeMap<String, Recent>,
    records: BTreeMap<String, Record>,
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// A controller that goes on from the last checkpoint in the store. Without one it counts from `now` on.
    #[must_use]
    pub fn new(settings: Settings, store: S, workloads: W, now: Timestamp) -> Self {
        let restored = store.read_checkpoint::<Restored>().unwrap_or_else(|error| {
            tracing::warn!(%error, "the checkpoint cannot be read: the evidence so far is lost, the releases go on");
            None
        });
        let (windows, recent, records) = match restored {
            Some(Restored { windows, recent, records }) => (windows, recent, records),
            None => (Windows::watching_since(now.unix_micros()), BTreeMap::new(), BTreeMap::new()),
        };
        Self {
            settings,
            store,
            workloads,
            windows,
            recent,
            restored: records,
            managed: BTreeMap::new(),
            pods: Vec::new(),
        }
    }

    /// The ends, for what else is done with them.
    pub fn into_ends(self) -> (S, W) {
        (self.store, self.workloads)
    }

    /// One look at everything.
    pub async fn look(&mut self, inputs: Inputs<'_>) -> Looked {
        let Inputs { catalog, scraped, commands: _, now } = inputs;
        let intervals = self.feed(scraped);
        let mut looked = Looked { problems: catalog.problems.clone(), ..Looked::default() };
        let mut fleets = Vec::new();
        let mut subjects = BTreeMap::new();
        self.forget(catalog, &mut looked);
        for (key, canary) in &catalog.canaries {
            match self.subject((key, canary), catalog, &fleets, &subjects) {
                Ok(subject) => {
                    self.look_at(&subject, &inputs, &intervals, &mut looked);
                    self.add_fleets(&subject, &mut fleets);
                    subjects.insert(key.clone(), subject);
                }
                Err(problem) => self.hold((key, canary), &problem, now, &mut fleets, &mut looked),
            }
        }
        self.add_other_deployments(catalog, &mut fleets);
        self.pods = self.workloads.apply(&fleets, catalog, now).await;
        self.take_pod_events();
        self.remember(&intervals, now);
        for (key, subject) in &subjects {
            if let Some(managed) = self.managed.get(key) {
                looked.views.insert(key.clone(), show::view(subject, managed, now));
            }
        }
        self.save(&mut looked);
        looked.soon = !self.workloads.is_settled()
            || self.managed.values().any(|managed| waits_for_proxies(managed, now));
        looked
    }

    fn feed(&mut self, scraped: &[Scraped]) -> Vec<Interval> {
        let reports = scraped.iter().filter_map(|scraped| scraped.report.as_ref().ok());
        reports
            .map(|report| Interval {
                instance: report.instance.clone(),
                epochs: report.epochs.clone(),
                windows: self.windows.feed(report),
            })
            .collect()
    }

    /// Canaries that are gone: their weights go first.
    fn forget(&mut self, catalog: &Catalog, looked: &mut Looked) {
        let gone: Vec<Key> =
            self.managed.keys().filter(|key| !catalog.canaries.contains_key(key)).cloned().collect();
        for key in gone {
            match self.store.withdraw_status(&key) {
                Ok(()) => {
                    self.managed.remove(&key);
                }
                Err(error) => {
                    looked.problems.push(format!("Canary {key} is gone, but its weights stay: {error}"));
                }
            }
        }
    }

    fn subject(
        &mut self,
        (key, canary): (&Key, &Canary),
        catalog: &Catalog,
        fleets: &[Fleet],
        others: &BTreeMap<Key, Subject>,
    ) -> Result<Subject, String> {
        let subject =
            Subject::new(key, canary, catalog, self.settings.default_replicas).map_err(|e| e.to_string())?;
        let taken = fleets.iter().find(|fleet| fleet.deployment == subject.deployment);
        if let Some(other) = taken.and_then(|fleet| fleet.canary.clone()) {
            return Err(SubjectError::Taken { deployment: subject.deployment, other }.to_string());
        }
        if let Some(other) = others.values().find(|other| other.service == subject.service) {
            let other = other.key.clone();
            return Err(SubjectError::ServiceTaken { service: subject.service, other }.to_string());
        }
        if !self.managed.contains_key(key) {
            let status = self.store.read_status(key).map_err(|error| error.to_string())?.unwrap_or_default();
            let state = weir_rollout::status::read(&status).map_err(|error| error.to_string())?;
            let state = state.unwrap_or_else(|| State::new(observe::first_stable(&subject)));
            let record = self.restored.remove(&key.to_string()).unwrap_or_default();
            self.managed.insert(key.clone(), Managed::new(state, status, record, &subject));
        }
        Ok(subject)
    }

    fn look_at(
        &mut self,
        subject: &Subject,
        inputs: &Inputs<'_>,
        intervals: &[Interval],
        looked: &mut Looked,
    ) {
        let Inputs { catalog: _, scraped, commands, now } = inputs;
        let Some(managed) = self.managed.get_mut(&subject.key) else { return };
        let scope =
            Scope { canary: &subject.key.to_string(), service: &subject.service, state: &managed.state };
        if managed.record.evidence.is_none() && managed.state.is_guarded() {
            managed.record.evidence = Some(crate::evidence::Evidence::new(subject.policy.criteria()));
        }
        let mut requests = 0;
        if let Some(evidence) = managed.record.evidence.as_mut() {
            evidence.observe(scope, intervals, self.recent.entry(subject.service.clone()).or_default());
            managed.verdict = evidence.verdict();
            requests = evidence.canary_requests();
            if managed.state.is_guarded() {
                let weight = managed.state.canary_weight();
                managed.record.history.point(*now, weight, &evidence.totals, &managed.verdict);
            }
        }
        let command = commands.get(&subject.key).copied();
        let observed = observe::observe(subject, &managed.state, &self.pods, scraped, requests, command);
        let transition = advance(&subject.policy, &managed.state, &observed, &managed.verdict, *now);
        let events = managed.follow(subject, transition, observed, &mut self.store, *now);
        if events.iter().any(|event| !matches!(event, Event::Ignored(_))) {
            managed.report(subject, &mut self.store);
        }
        looked
            .problems
            .extend(managed.problem.as_ref().map(|problem| format!("Canary {}: {problem}", subject.key)));
        looked.events.extend(events.into_iter().map(|event| (subject.key.clone(), event)));
    }

    /// A Canary that cannot be followed now: what runs stays.
    fn hold(
        &mut self,
        (key, canary): (&Key, &Canary),
        problem: &str,
        now: Timestamp,
        fleets: &mut Vec<Fleet>,
        looked: &mut Looked,
    ) {
        looked.problems.push(format!("Canary {key}: {problem}"));
        looked.views.insert(key.clone(), show::broken(key, canary, self.managed.get(key), problem, now));
        let deployment = key.sibling(&canary.spec.target_ref.name);
        if self.managed.contains_key(key) && !fleets.iter().any(|fleet| fleet.deployment == deployment) {
            for track in [Track::Stable, Track::Baseline, Track::Canary] {
                let (deployment, canary) = (deployment.clone(), Some(key.clone()));
                fleets.push(Fleet { deployment, track, wanted: Wanted::Keep, canary });
            }
        }
    }

    fn add_fleets(&self, subject: &Subject, fleets: &mut Vec<Fleet>) {
        let Some(managed) = self.managed.get(&subject.key) else { return };
        let Desired { split: _, stable, canary, baseline } = desired(&subject.policy, &managed.state);
        let Subject { template, replicas, .. } = subject;
        let tracks = [
            (Track::Stable, Some(fleet::run(template, &stable, *replicas))),
            (Track::Baseline, fleet::side(&baseline, template, *replicas)),
            (Track::Canary, fleet::side(&canary, template, *replicas)),
        ];
        for (track, wanted) in tracks {
            let Some(wanted) = wanted else { continue };
            let canary = Some(subject.key.clone());
            fleets.push(Fleet { deployment: subject.deployment.clone(), track, wanted, canary });
        }
    }

    /// Deployments that no Canary releases run as their manifest says.
    fn add_other_deployments(&self, catalog: &Catalog, fleets: &mut Vec<Fleet>) {
        let taken: BTreeSet<Key> = fleets.iter().map(|fleet| fleet.deployment.clone()).collect();
        for (key, deployment) in catalog.deployments.iter().filter(|(key, _)| !taken.contains(key)) {
            let Some(spec) = &deployment.spec else { continue };
            let image = crate::template::image(&spec.template, None).unwrap_or_default();
            let revision = crate::template::revision(&spec.template, image);
            let replicas = fleet::stable_replicas(deployment, self.settings.default_replicas);
            let wanted = fleet::run(&spec.template, &revision, replicas);
            fleets.push(Fleet { deployment: key.clone(), track: Track::Stable, wanted, canary: None });
        }
    }

    fn take_pod_events(&mut self) {
        for event in self.workloads.take_events() {
            let crate::ends::PodEvent { deployment, at, text, is_warning } = event;
            if is_warning {
                tracing::warn!(deployment = %deployment, "{text}");
            } else {
                tracing::info!(deployment = %deployment, "{text}");
            }
            for managed in self.managed.values_mut().filter(|managed| managed.deployment == deployment) {
                managed.record.history.tell(at, "Pod", text.clone());
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
            self.recent.entry(service.to_owned()).or_default().add(&tracks.stable.duration, now);
        }
    }

    fn save(&mut self, looked: &mut Looked) {
        let records = self.managed.iter().map(|(key, managed)| (key.to_string(), &managed.record)).collect();
        let checkpoint = Checkpoint { windows: &self.windows, recent: &self.recent, records };
        if let Err(error) = self.store.write_checkpoint(&checkpoint) {
            looked.problems.push(format!("{error}; evidence is kept in memory only"));
        }
    }
}

/// Whether a change of the weights is on its way to the proxies. A proxy that stays silent for longer is no reason to hurry.
fn waits_for_proxies(managed: &Managed, now: Timestamp) -> bool {
    let fresh = managed.status.since.is_some_and(|since| now.since(since) < HURRY);
    let missing = managed.status.acknowledged.is_some_and(|seen| seen.proxies < seen.of);
    let drains = managed.state.stage.phase() == Phase::Draining;
    fresh && (missing || drains)
}

/// How long the next look waits: an early one shows a change soon.
#[must_use]
pub fn pause(looked: &Looked, interval: Duration) -> Duration {
    if looked.soon { interval.min(Duration::from_millis(100)) } else { interval }
}
