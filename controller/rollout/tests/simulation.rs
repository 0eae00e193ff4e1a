//! A seeded closed loop over rollout, judge, the split of the routing library and the histogram of telemetry.
//!
//! Proxies follow stored weights late or not at all, scrapes are lost, pods start when they like, and the controller is killed at random moments:
//! before it stored a decision, or after. The invariants are checked at every tick; a failure names its seed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "all of it is a test")]

#[path = "fixture/proxies.rs"]
mod proxies;
#[path = "fixture/world.rs"]
mod world;

use std::collections::BTreeSet;

use proxies::{Kind, Proxies};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use weir_api::status::{Acknowledged, CanaryStatus, Phase, ReleaseOutcome};
use weir_api::{Share, Track};
use weir_judge::{Decision, Sequential, Threshold};
use weir_rollout::desired::Pods;
use weir_rollout::status::{read, write};
use weir_rollout::{Event, Observed, Policy, Readiness, State, advance, desired};
use world::{Shape, World, at, policy_with};

const STEPS: &str = r#"[{"setWeight": 5}, {"analysis": {"maxDuration": "20m", "onInsufficient": "wait"}}, {"setWeight": 25},
    {"pause": {"duration": "5s"}}, {"setWeight": 60}, {"setWeight": 100}, {"setWeight": 50}]"#;
const LONGEST: i64 = 3000;

/// Everything that survives the controller's death.
struct Disk {
    status: CanaryStatus,
    judge: Sequential,
}

struct Simulation {
    seed: u64,
    random: StdRng,
    policy: Policy,
    disk: Disk,
    proxies: Proxies,
    pods_ready: Share,
    crashes: f64,
    steps: Vec<usize>,
    weights: Vec<(u64, Share)>,
    /// Epochs that every proxy was seen to serve.
    acknowledged: BTreeSet<u64>,
    ends: Vec<ReleaseOutcome>,
    reason: String,
}

impl Simulation {
    fn new(seed: u64, kind: Kind, proxies: usize) -> Self {
        let policy = policy_with(STEPS);
        let thresholds = proxies::thresholds().map(|(quantile, micros)| Threshold { quantile, micros });
        let judge = Sequential::without_intervals(policy.criteria().clone(), thresholds.to_vec());
        let mut random = StdRng::seed_from_u64(seed);
        let crashes = random.random_range(0.0..0.3);
        let status = write(&State::new(World::stable()), &CanaryStatus::default());
        Self {
            seed,
            policy,
            disk: Disk { status, judge },
            proxies: Proxies::new(proxies, kind, seed),
            pods_ready: Share::ZERO,
            crashes,
            random,
            steps: Vec::new(),
            weights: Vec::new(),
            acknowledged: BTreeSet::new(),
            ends: Vec::new(),
            reason: String::new(),
        }
    }

    /// What a controller does that has just been started: everything it knows comes from the disk.
    fn tick(&mut self, second: i64) {
        let state = read(&self.disk.status).unwrap().unwrap();
        self.proxies.follow(state.split(), &mut self.random);
        self.proxies.serve(!self.ends.is_empty());
        let scraped = self.proxies.scrape(state.epoch, state.split().is_some(), &mut self.random);
        let mut judge = self.disk.judge.clone();
        if state.is_guarded() {
            judge.observe(&scraped.block);
        }
        let observed = self.observed(&state, scraped.acknowledged, scraped.in_flight);
        let verdict = judge.verdict();
        let transition = advance(&self.policy, &state, &observed, &verdict, at(second));
        self.check(&state, &transition.state, &observed, verdict.decision);
        if self.random.random_bool(self.crashes) {
            // Killed before anything was stored: the blocks of this tick are measured again in the next one.
            self.proxies.unscrape();
            return;
        }
        self.disk.judge = judge;
        self.disk.status = write(&transition.state, &self.disk.status);
        self.note(&transition.events);
        if !self.random.random_bool(self.crashes) {
            self.run_pods(&transition.state);
        }
    }

    fn observed(&self, state: &State, acknowledged: Acknowledged, in_flight: Option<u64>) -> Observed {
        let ready = |pods: &Pods| match pods {
            Pods::Run { share, .. } => {
                let ready = u32::from(self.pods_ready >= *share);
                Readiness { ready, wanted: 1, enough_for: *share, problem: None }
            }
            Pods::None | Pods::Keep => {
                Readiness { ready: 0, wanted: 0, enough_for: Share::FULL, problem: None }
            }
        };
        let wanted = desired(&self.policy, state);
        let manifest = weir_rollout::Manifest {
            image: "shop:v1".to_owned(),
            with_stable_image: state.stable.revision.clone(),
            as_written: Shape::revision("shop:v1"),
        };
        Observed {
            manifest,
            canary: ready(&wanted.canary),
            baseline: ready(&wanted.baseline),
            acknowledged,
            in_flight,
            ..World::healthy()
        }
    }

    /// Pods follow what is stored, when they like.
    fn run_pods(&mut self, state: &State) {
        let wanted = desired(&self.policy, state);
        if let Pods::Run { share, .. } = wanted.canary
            && self.random.random_bool(0.4)
        {
            self.pods_ready = self.pods_ready.max(share);
        }
        if wanted.canary == Pods::None {
            self.pods_ready = Share::ZERO;
        }
    }

    fn check(&mut self, before: &State, after: &State, observed: &Observed, decision: Decision) {
        let seed = self.seed;
        if before.split().is_some() && observed.is_acknowledged() {
            self.acknowledged.insert(before.epoch);
        }
        let (old, new) = (before.canary_weight(), after.canary_weight());
        let weights =
            |state: &State| state.split().map(|s| (s.canary.weight, s.baseline.as_ref().map(|b| b.weight)));
        let changed = weights(before) != weights(after) && after.split().is_some();
        assert_eq!(
            after.epoch,
            before.epoch + u64::from(changed),
            "seed {seed}: an epoch for each change of weights"
        );
        if let Some(split) = after.split() {
            assert_eq!(split.epoch, after.epoch, "seed {seed}");
            let away = split.canary.weight.checked_add(split.weight(Track::Baseline));
            assert_eq!(
                split.weight(Track::Stable),
                away.unwrap().rest(),
                "seed {seed}: stable gets the rest"
            );
        }
        if new > old {
            assert!(observed.canary.suffices(new), "seed {seed}: {new} without the pods for it");
            let acknowledged = old == Share::ZERO || self.acknowledged.contains(&before.epoch);
            assert!(acknowledged, "seed {seed}: {new} before {old} was acknowledged");
        }
        if before.is_guarded() && decision == Decision::Fail {
            assert_eq!(new, Share::ZERO, "seed {seed}: the guard acts at once");
        }
        if matches!(before.stage.phase(), Phase::Draining | Phase::Aborted | Phase::Promoted) {
            assert_eq!(new, Share::ZERO, "seed {seed}: weights never rise after the end");
        }
        if after.stage.phase() == Phase::Promoted && before.stage.phase() == Phase::Draining {
            assert_eq!(after.stable.revision.image, "shop:v2", "seed {seed}");
        }
        if after.stage.phase() == Phase::Aborted {
            assert_eq!(after.stable, World::stable(), "seed {seed}: an abort leaves stable what it was");
        }
    }

    /// Only what was stored has happened.
    fn note(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::StepEntered { step, .. } => self.steps.push(*step),
                Event::WeightSet { epoch, canary, .. } => self.weights.push((*epoch, *canary)),
                Event::Promoted(reason) => {
                    self.ends.push(ReleaseOutcome::Promoted);
                    self.reason.clone_from(reason);
                }
                Event::Aborted(reason) => {
                    self.ends.push(ReleaseOutcome::Aborted);
                    self.reason.clone_from(reason);
                }
                Event::StableChanged(_)
                | Event::Started { .. }
                | Event::Paused(_)
                | Event::Unproven(_)
                | Event::Promoting(_)
                | Event::Aborting(_)
                | Event::Ignored(_) => {}
            }
        }
    }

    /// Runs to the end and a bit further: nothing may happen after it.
    fn run(mut self) -> (ReleaseOutcome, String, i64) {
        let mut ended_at = None;
        for second in 0..LONGEST {
            self.tick(second);
            let seed = self.seed;
            let in_order: Vec<usize> = (0..self.steps.len()).collect();
            assert_eq!(self.steps, in_order, "seed {seed}: each step once and in order");
            assert!(self.weights.is_sorted_by_key(|(epoch, _)| *epoch), "seed {seed}: {:?}", self.weights);
            if ended_at.is_none() && !self.ends.is_empty() {
                ended_at = Some(second);
            }
            if ended_at.is_some_and(|ended| second > ended + 10) {
                break;
            }
        }
        let [end] = self.ends[..] else {
            panic!("seed {}: ends {:?} at {:?}", self.seed, self.ends, self.disk.status)
        };
        assert_eq!(self.proxies.canary_requests_after_end(), 0, "seed {}: requests after the end", self.seed);
        if end == ReleaseOutcome::Promoted {
            assert_eq!(
                self.steps.len(),
                self.policy.steps().len(),
                "seed {}: promoted without every step",
                self.seed
            );
        }
        (end, self.reason, ended_at.unwrap())
    }
}

#[test]
fn healthy_releases_are_promoted_through_every_step() {
    for seed in 0..40 {
        let (end, reason, _) =
            Simulation::new(seed, Kind::Healthy, 1 + usize::try_from(seed % 3).unwrap()).run();
        assert_eq!(end, ReleaseOutcome::Promoted, "seed {seed}: {reason}");
    }
}

#[test]
fn failing_releases_are_aborted_for_their_errors() {
    for seed in 1000..1030 {
        let (end, reason, _) =
            Simulation::new(seed, Kind::Failing, 1 + usize::try_from(seed % 3).unwrap()).run();
        assert_eq!(end, ReleaseOutcome::Aborted, "seed {seed}");
        assert!(reason.contains("errors"), "seed {seed}: {reason}");
    }
}

#[test]
fn slow_releases_are_aborted_for_their_latency() {
    for seed in 2000..2030 {
        let (end, reason, _) =
            Simulation::new(seed, Kind::Slow, 1 + usize::try_from(seed % 3).unwrap()).run();
        assert_eq!(end, ReleaseOutcome::Aborted, "seed {seed}");
        assert!(reason.contains("latency"), "seed {seed}: {reason}");
    }
}

#[test]
fn a_proxy_that_never_acknowledges_ends_the_release_with_that_reason() {
    for seed in 3000..3010 {
        let mut simulation = Simulation::new(seed, Kind::Healthy, 3);
        simulation.proxies.lose(1);
        let (end, reason, second) = simulation.run();
        assert_eq!(end, ReleaseOutcome::Aborted, "seed {seed}");
        // A scrape may be lost in that very tick.
        let said =
            (0..3).any(|n| reason == format!("only {n} of 3 proxies acknowledged the weights within 10m"));
        assert!(said, "seed {seed}: {reason}");
        assert!(second >= 600, "seed {seed}");
    }
}
