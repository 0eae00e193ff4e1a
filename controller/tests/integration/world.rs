//! A Service with traffic, proxies that follow what is stored, and a clock that is moved by hand.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use weir_api::{Timestamp, Track};
use weir_controller::catalog::{Catalog, Key};
use weir_controller::clock::Clock;
use weir_controller::fetch::FetchError;
use weir_controller::notifiers::{Notifiers, Told};
use weir_controller::reconcile::{Controller, Inputs, Looked, Settings};
use weir_controller::scores::Answer;
use weir_controller::scrape::{ScrapeError, Scraped};
use weir_rollout::Command;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::SeriesSnapshot;
use weir_telemetry::wire::{Report, SeriesKey, SeriesReport, VERSION};

use crate::memory::Memory;

pub(crate) const APP: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: api, image: "api:v1", ports: [{containerPort: 3000}]}]
---
apiVersion: v1
kind: Service
metadata: {name: http, namespace: shop}
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: 3000}]
"#;

pub(crate) const CANARY: &str = r"
apiVersion: weir.dev/v1alpha1
kind: Canary
metadata: {name: release, namespace: shop}
spec:
  targetRef: {name: api}
  service: http
  strategy:
    canary:
      steps: [{setWeight: 5}, {analysis: {maxDuration: 1h}}, {setWeight: 60}]
";

pub(crate) fn catalog(text: &str) -> Catalog {
    let parsed = weir_api::manifest::parse("app.yaml", text);
    Catalog::new(parsed.objects, &parsed.problems)
}

pub(crate) fn released(release: &str) -> Catalog {
    catalog(&format!("{APP}---{CANARY}  release: {release}\n"))
}

pub(crate) fn key() -> Key {
    Key::new("shop", "release")
}

/// One proxy: it follows what is stored unless it is told not to.
pub(crate) struct Proxy {
    pub(crate) name: &'static str,
    pub(crate) answers: bool,
    pub(crate) follows: bool,
    epochs: BTreeMap<String, u64>,
    series: BTreeMap<SeriesKey, SeriesSnapshot>,
}

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) controller: Controller<Memory, Memory>,
    pub(crate) catalog: Catalog,
    pub(crate) proxies: Vec<Proxy>,
    /// What the next look is told about metrics.
    pub(crate) answers: Vec<Answer>,
    /// Who can be told of releases.
    pub(crate) notifiers: Notifiers,
    /// What the next look is told of what they were told.
    pub(crate) told: Vec<Told>,
    /// Share of the canary's requests that fail, in percent.
    pub(crate) canary_errors_percent: u64,
    /// How much of its share the canary gets, in percent; the rest is lost.
    pub(crate) canary_gets_percent: u64,
    /// By how many seconds the machine's clock has been set.
    pub(crate) jump: i64,
    second: i64,
    begun: Instant,
    clock: Clock,
}

impl World {
    pub(crate) fn new(catalog: Catalog) -> Self {
        let memory = Memory::default();
        let begun = Instant::now();
        let proxy = |name| Proxy {
            name,
            answers: true,
            follows: true,
            epochs: BTreeMap::new(),
            series: BTreeMap::new(),
        };
        Self {
            controller: controller(&memory, 0),
            memory,
            catalog,
            answers: Vec::new(),
            notifiers: Notifiers::default(),
            told: Vec::new(),
            proxies: ["one", "two"].map(proxy).into_iter().collect(),
            canary_errors_percent: 0,
            canary_gets_percent: 100,
            jump: 0,
            second: 0,
            begun,
            clock: Clock::new(at(0), begun),
        }
    }

    /// When this moment is, for whoever has seen the process run.
    fn instant(&self) -> Instant {
        self.begun + Duration::from_secs(self.second.unsigned_abs())
    }

    /// The controller dies; another one begins with what is stored.
    pub(crate) fn restart(&mut self) {
        self.controller = controller(&self.memory, self.second + self.jump);
        self.clock = Clock::new(at(self.second + self.jump), self.instant());
    }

    /// What the proxies have counted for the canary since the beginning.
    pub(crate) fn served_by_the_canary(&self) -> u64 {
        let series = self.proxies.iter().flat_map(|proxy| &proxy.series);
        series.filter(|(key, _)| key.track == "canary").map(|(_, counts)| counts.outcomes.total()).sum()
    }

    /// A second of traffic, then a look.
    pub(crate) async fn tick(&mut self) -> Looked {
        self.second += 1;
        self.serve();
        self.look(None).await
    }

    /// Ticks until `done`, at most 600 times.
    pub(crate) async fn until(&mut self, done: impl Fn(&Looked) -> bool) -> Looked {
        for _ in 0..600 {
            let looked = self.tick().await;
            if done(&looked) {
                return looked;
            }
        }
        panic!("never: {:#?}", self.memory.status());
    }

    /// A look at the same world.
    pub(crate) async fn look(&mut self, command: Option<Command>) -> Looked {
        let second = self.second + self.jump;
        let scraped: Vec<Scraped> = self.proxies.iter().map(|proxy| proxy.scraped(second)).collect();
        let commands = command.map(|command| (key(), command)).into_iter().collect();
        let now = self.clock.now(at(second), self.instant());
        let answers = std::mem::take(&mut self.answers);
        let told = std::mem::take(&mut self.told);
        let inputs = Inputs {
            catalog: &self.catalog,
            scraped: &scraped,
            answers: &answers,
            notifiers: &self.notifiers,
            told: &told,
            commands: &commands,
            now,
        };
        let looked = self.controller.look(inputs).await;
        self.clock.measures(looked.measures);
        looked
    }

    /// A thousand requests at each proxy, as it splits them.
    fn serve(&mut self) {
        let stored = self.memory.with(|contents| contents.statuses.get(&key()).cloned()).unwrap_or_default();
        for proxy in self.proxies.iter_mut().filter(|proxy| proxy.follows) {
            proxy.epochs = stored.split.iter().map(|split| (key().to_string(), split.epoch)).collect();
            let weight =
                |track| stored.split.as_ref().map(|split| u64::from(split.weight(track).basis_points()));
            let revision = |track| match (&stored.split, track) {
                (Some(split), Track::Canary) => split.canary.revision.clone(),
                _ => "old".to_owned(),
            };
            for track in [Track::Stable, Track::Baseline, Track::Canary] {
                let requests = weight(track).unwrap_or(if track == Track::Stable { 10_000 } else { 0 }) / 10;
                let requests =
                    if track == Track::Canary { requests * self.canary_gets_percent / 100 } else { requests };
                let failed =
                    if track == Track::Canary { requests * self.canary_errors_percent / 100 } else { 0 };
                let key = SeriesKey {
                    route: "shop/web/*/".to_owned(),
                    service: "shop/http".to_owned(),
                    track: track.to_string(),
                    revision: revision(track),
                    group: String::new(),
                };
                let counts = proxy.series.entry(key).or_default();
                counts.outcomes.add_many(Outcome::Success, requests - failed);
                counts.outcomes.add_many(Outcome::ServerError, failed);
                // One in fifty is slow, on every track.
                (0..requests).for_each(|n| counts.duration.record(if n % 50 == 0 { 90_000 } else { 10_000 }));
            }
        }
    }
}

fn controller(memory: &Memory, second: i64) -> Controller<Memory, Memory> {
    Controller::new(Settings::default(), memory.clone(), memory.clone(), at(second))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + second * 1_000_000)
}

impl Proxy {
    fn scraped(&self, second: i64) -> Scraped {
        let series =
            self.series.iter().map(|(key, counts)| SeriesReport { key: key.clone(), counts: counts.clone() });
        let report = Report {
            version: VERSION,
            instance: self.name.to_owned(),
            started_at_unix_micros: at(0).unix_micros(),
            generated_at_unix_micros: at(second).unix_micros(),
            epochs: self.epochs.clone(),
            trips: BTreeMap::new(),
            series: series.collect(),
        };
        let silent = ScrapeError::Fetch(FetchError::Deadline(Duration::from_millis(800)));
        Scraped { proxy: self.name.to_owned(), report: if self.answers { Ok(report) } else { Err(silent) } }
    }
}
