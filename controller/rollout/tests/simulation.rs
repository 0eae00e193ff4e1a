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
use world::{Shape, World, at, policy_of};

const STEPS: &str = r#"{"canary": {"steps": [{"setWeight": 5}, {"analysis": {"maxDuration": "20m", "onInsufficient": "wait"}}, {"setWeight": 25},
    {"pause": {"duration": "5s"}}, {"setWeight": 60}, {"setWeight": 100}, {"setWeight": 50}]}}"#;
/// Every other way to move traffic.
const STRATEGIES: [&str; 6] = [
    r#"{"canary": {"ramp": {"from": 2, "factor": 3}}}"#,
    r#"{"canary": {"steps": [{"setWeight": 10}, {"analysis": {"maxDuration": "20m"}}], "afterPromotion": {"duration": "60s"}}}"#,
    r#"{"canary": {"baseline": false, "steps": [{"pause": {"duration": "3s"}}, {"setCanaryScale": {"replicas": 3}}, {"setWeight": 10},
        {"pause": {"requests": 500, "expiry": "20m"}}, {"setCanaryScale": {"matchTrafficWeight": true}}, {"setWeight": 40}, {"analysis": {"maxDuration": "20m"}}],
        "scaleDownDelay": "20s", "abortScaleDownDelay": "40s"}}"#,
    r#"{"blueGreen": {"autoPromotionSeconds": 5, "scaleDownDelay": "10s"}}"#,
    r#"{"blueGreen": {"previewReplicaCount": 1, "scaleDownDelay": "0s"}}"#,
    r#"{"rollingBlueGreen": {"targetPercentages": [25, 50, 75, 100], "analysis": {"maxDuration": "20m", "onInsufficient": "wait"}}}"#,
];
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
    pods_ready: (Share, u32),
    old_pods_ready: Share,
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
        Self::of(STEPS, seed, kind, proxies)
    }

    fn of(strategy: &str, seed: u64, kind: Kind, proxies: usize) -> Self {
        let policy = policy_of(strategy, "{}");
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
            pods_ready: (Share::ZERO, 0),
            old_pods_ready: Share::ZERO,
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
            Pods::Run { share, at_least, .. } => {
                let ready = u32::from(self.pods_ready.0 >= *share && self.pods_ready.1 >= *at_least);
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
            baseline: self.old_pods(&wanted.baseline),
            acknowledged,
            in_flight,
            ..World::healthy()
        }
    }

    /// Pods of the old version beside stable.
    fn old_pods(&self, pods: &Pods) -> Readiness {
        match pods {
            Pods::Run { share, .. } => {
                let ready = u32::from(self.old_pods_ready >= *share);
                Readiness { ready, wanted: 1, enough_for: *share, problem: None }
            }
            Pods::None | Pods::Keep => {
                Readiness { ready: 0, wanted: 0, enough_for: Share::FULL, problem: None }
            }
        }
    }

    /// Pods follow what is stored, when they like.
    fn run_pods(&mut self, state: &State) {
        let wanted = desired(&self.policy, state);
        if let Pods::Run { share, at_least, .. } = wanted.canary
            && self.random.random_bool(0.4)
        {
            // At once in both directions: pods that are not wanted any more go as soon as they are not.
            self.pods_ready = (share, at_least);
        }
        if wanted.canary == Pods::None {
            self.pods_ready = (Share::ZERO, 0);
        }
        match wanted.baseline {
            Pods::Run { share, .. } if self.random.random_bool(0.4) => self.old_pods_ready = share,
            Pods::None => self.old_pods_ready = Share::ZERO,
            Pods::Run { .. } | Pods::Keep => {}
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
        let pods = desired(&self.policy, after).canary;
        let has_pods = match &pods {
            Pods::Run { share, .. } => *share >= new,
            Pods::Keep => new == Share::ZERO,
            Pods::None => after.split().is_none(),
        };
        assert!(has_pods, "seed {seed}: {new} with {pods:?}");
        let away = |state: &State| state.split().map_or(Share::ZERO, |split| split.weight(Track::Baseline));
        if away(after) > away(before) {
            assert!(observed.baseline.suffices(away(after)), "seed {seed}: the baseline has no pods for it");
        }
        if new > old {
            assert!(observed.canary.suffices(new), "seed {seed}: {new} without the pods for it");
            let acknowledged = old == Share::ZERO || self.acknowledged.contains(&before.epoch);
            assert!(acknowledged, "seed {seed}: {new} before {old} was acknowledged");
        }
        if before.is_guarded() && decision == Decision::Fail {
            assert!(matches!(after.stage.phase(), Phase::Draining | Phase::Returning), "seed {seed}");
            assert_eq!(new, Share::ZERO, "seed {seed}: the guard acts at once");
        }
        if matches!(
            before.stage.phase(),
            Phase::Watching | Phase::Returning | Phase::Draining | Phase::Aborted | Phase::Promoted
        ) {
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
                | Event::RouteSet { .. }
                | Event::Paused(_)
                | Event::Unproven(_)
                | Event::Promoting(_)
                | Event::Watching(_)
                | Event::Aborting(_)
                | Event::Commanded(_)
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
fn every_strategy_promotes_what_is_healthy() {
    for strategy in STRATEGIES {
        for seed in 4000..4012 {
            let (end, reason, _) = Simulation::of(strategy, seed, Kind::Healthy, 2).run();
            assert_eq!(end, ReleaseOutcome::Promoted, "{strategy}, seed {seed}: {reason}");
        }
    }
}

/// What is given everything at once has nothing beside it to be compared with in this world.
#[test]
fn every_strategy_with_an_analysis_before_the_end_aborts_what_fails() {
    for strategy in STRATEGIES.into_iter().filter(|strategy| !strategy.contains("blueGreen\"")) {
        for seed in 5000..5012 {
            let (end, reason, _) = Simulation::of(strategy, seed, Kind::Failing, 2).run();
            assert_eq!(end, ReleaseOutcome::Aborted, "{strategy}, seed {seed}");
            assert!(reason.contains("errors"), "{strategy}, seed {seed}: {reason}");
        }
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
