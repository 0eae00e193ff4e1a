//! What each strategy and each setting does, look by look.
#![expect(clippy::unwrap_used, clippy::panic, reason = "all of it is a test")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::Share;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_judge::Decision;
use weir_rollout::desired::Pods;
use weir_rollout::{Command, Event, Observed, Policy, Stage, State, advance, desired};
use world::{Shape, World, at, policy_of, policy_with, share, state_in, verdict};

/// A release that goes on look by look in a healthy world.
struct Walk {
    policy: Policy,
    state: State,
    seen: Observed,
    decision: Decision,
    second: i64,
}

impl Walk {
    fn new(policy: Policy) -> Self {
        let (state, seen) = (state_in(Phase::Idle), World::healthy());
        Self { policy, state, seen, decision: Decision::Pass, second: 0 }
    }

    fn look(&mut self) -> Vec<Event> {
        self.second += 1;
        let transition =
            advance(&self.policy, &self.state, &self.seen, &verdict(self.decision), at(self.second));
        self.state = transition.state;
        transition.events
    }

    /// Looks until a phase is reached; the weights of the canary on the way.
    fn until(&mut self, phase: Phase) -> Vec<(Share, u64)> {
        let mut weights = vec![(self.state.canary_weight(), self.state.epoch)];
        for _ in 0..1000 {
            if self.state.stage.phase() == phase {
                return weights;
            }
            self.look();
            if weights.last().unwrap().0 != self.state.canary_weight() {
                weights.push((self.state.canary_weight(), self.state.epoch));
            }
        }
        panic!("{phase:?} is never reached: {:?}", self.state.stage)
    }

    fn at_step(&mut self, step: usize) {
        for _ in 0..1000 {
            if let Stage::Progressing(at) | Stage::Paused { at, .. } = &self.state.stage
                && at.step == step
            {
                return;
            }
            self.look();
        }
        panic!("step {step} is never reached: {:?}", self.state.stage)
    }

    fn canary(&self) -> Pods {
        desired(&self.policy, &self.state).canary
    }
}

#[test]
fn blue_green_switches_in_one_epoch_and_returns_in_one() {
    let policy =
        || policy_of(r#"{"blueGreen": {"autoPromotionEnabled": false, "scaleDownDelay": "5m"}}"#, "{}");
    let mut walk = Walk::new(policy());
    walk.until(Phase::Paused);
    let preview = walk.state.split().unwrap();
    assert_eq!((preview.canary.service.as_str(), preview.canary.weight), ("shop-canary", Share::ZERO));
    assert!(matches!(walk.canary(), Pods::Run { share: Share::FULL, .. }), "{:?}", walk.canary());
    let before = walk.state.epoch;
    walk.seen.command = Some(Command::Promote);
    walk.look();
    walk.seen.command = None;
    assert_eq!((walk.state.canary_weight(), walk.state.epoch), (Share::FULL, before + 1));
    let stable = |walk: &Walk| desired(&walk.policy, &walk.state).stable.image;
    for _ in 0..200 {
        walk.look();
        assert_eq!(stable(&walk), "shop:v1", "the old version stays for the way back");
    }
    let mut good = Walk { policy: policy(), seen: walk.seen.clone(), state: walk.state.clone(), ..walk };
    walk.decision = Decision::Fail;
    walk.look();
    assert_eq!((walk.state.stage.phase(), walk.state.epoch), (Phase::Draining, before + 2));
    assert_eq!(walk.state.canary_weight(), Share::ZERO);
    let weights = good.until(Phase::Promoting);
    assert_eq!(weights.len(), 1, "{weights:?}");
    assert_eq!((stable(&good), good.state.canary_weight()), ("shop:v2".to_owned(), Share::FULL));
    good.until(Phase::Promoted);
}

#[test]
fn a_preview_may_be_small_until_the_switch() {
    let mut walk =
        Walk::new(policy_of(r#"{"blueGreen": {"previewReplicaCount": 2, "autoPromotionSeconds": 5}}"#, "{}"));
    walk.at_step(1);
    assert!(
        matches!(walk.canary(), Pods::Run { share: Share::ZERO, at_least: 2, .. }),
        "{:?}",
        walk.canary()
    );
    walk.seen.canary.enough_for = share(50);
    walk.at_step(2);
    for _ in 0..3 {
        walk.look();
        assert_eq!(walk.state.canary_weight(), Share::ZERO, "it waits for the rest of its pods");
        assert!(matches!(walk.canary(), Pods::Run { share: Share::FULL, .. }), "{:?}", walk.canary());
    }
    walk.seen.canary.enough_for = Share::FULL;
    walk.look();
    assert_eq!(walk.state.canary_weight(), Share::FULL);
}

#[test]
fn an_analysis_before_the_first_weight_needs_requests_that_name_the_canary() {
    let strategy =
        r#"{"blueGreen": {"prePromotionAnalysis": {"maxDuration": "60s", "onInsufficient": "abort"}}}"#;
    let mut walk = Walk::new(policy_of(strategy, "{}"));
    walk.seen.canary_requests = 0;
    walk.at_step(1);
    walk.until(Phase::Aborted);
    let Stage::Aborted(ended) = &walk.state.stage else { panic!("not aborted") };
    assert_eq!(ended.reason, "no verdict within 1m: the canary served 0 of 50 requests at this weight");
    let mut walk = Walk::new(policy_of(strategy, "{}"));
    walk.at_step(1);
    walk.decision = Decision::Fail;
    let weights = walk.until(Phase::Aborted);
    assert_eq!(weights.len(), 1, "no user was sent there: {weights:?}");
}

#[test]
fn rolling_blue_green_has_all_pods_from_the_beginning_and_moves_in_parts() {
    let mut walk =
        Walk::new(policy_of(r#"{"rollingBlueGreen": {"targetPercentages": [25, 50, 100]}}"#, "{}"));
    walk.look();
    assert!(matches!(walk.canary(), Pods::Run { share: Share::FULL, .. }));
    let weights: Vec<Share> = walk.until(Phase::Promoting).into_iter().map(|(weight, _)| weight).collect();
    assert_eq!(weights, [Share::ZERO, share(25), share(50), Share::FULL]);
}

#[test]
fn a_ramp_rises_on_evidence_and_never_by_time() {
    let mut walk = Walk::new(policy_of(r#"{"canary": {"ramp": {"from": 10, "to": 40}}}"#, "{}"));
    walk.at_step(1);
    for decision in [Decision::Insufficient, Decision::NoData] {
        walk.decision = decision;
        walk.second += 100_000;
        walk.look();
        assert_eq!(walk.state.canary_weight(), share(10), "{decision:?}");
    }
    walk.decision = Decision::Pass;
    walk.seen.canary_requests = 49;
    walk.look();
    assert_eq!(walk.state.canary_weight(), share(10), "this very weight has to have served enough");
    walk.seen.canary_requests = 50;
    let weights: Vec<Share> = walk.until(Phase::Promoting).into_iter().map(|(weight, _)| weight).collect();
    assert_eq!(weights, [share(10), share(20), share(40)]);
}

#[test]
fn a_scale_is_a_floor_for_canary_and_baseline_until_the_next_one() {
    let policy = policy_with(
        r#"[{"setCanaryScale": {"weight": 30}}, {"setWeight": 5}, {"setWeight": 50}, {"setCanaryScale": {"matchTrafficWeight": true}}, {"setWeight": 1}, {"pause": {}}]"#,
    );
    for (step, weight, pods) in [(0, 0, 30), (1, 5, 30), (2, 50, 50), (3, 50, 50), (4, 50, 50), (5, 1, 1)] {
        let Stage::Progressing(at_step) = World::at_step(step).stage else { panic!("not at a step") };
        let mut split = at_step.split;
        split.canary.weight = share(weight);
        split.baseline.as_mut().unwrap().weight = share(weight);
        let stage = Stage::Progressing(weir_rollout::state::AtStep { split, step, ..at_step });
        let wanted = desired(&policy, &State { stage, ..World::at_step(step) });
        for pods_wanted in [&wanted.canary, &wanted.baseline] {
            assert!(
                matches!(pods_wanted, Pods::Run { share: s, .. } if *s == share(pods)),
                "{step}: {wanted:?}"
            );
        }
    }
}

#[test]
fn a_pause_ends_by_requests_or_expires_as_it_was_told() {
    for (pause, second, phase, reason) in [
        (
            r#"{"requests": 1001, "expiry": "1h"}"#,
            3600,
            Phase::Draining,
            "the canary answered 1000 of 1001 requests within 1h",
        ),
        (r#"{"requests": 1001, "expiry": "1h", "onExpiry": "promote"}"#, 3600, Phase::Promoting, ""),
        (r#"{"expiry": "1h", "onExpiry": "abort"}"#, 3600, Phase::Draining, "nobody promoted within 1h"),
        (r#"{"expiry": "1h", "onExpiry": "promote"}"#, 3600, Phase::Promoting, ""),
    ] {
        let policy = policy_with(&format!(r#"[{{"setWeight": 5}}, {{"pause": {pause}}}]"#));
        let look = |state: &State, second| {
            advance(&policy, state, &World::healthy(), &verdict(Decision::NoData), at(second)).state
        };
        let waiting = look(&World::at_step(1), second - 1);
        assert_eq!(waiting.canary_weight(), share(5), "{pause}");
        let then = look(&waiting, second);
        assert_eq!(then.stage.phase(), phase, "{pause}");
        if let Stage::Draining { decision, .. } = then.stage {
            assert_eq!(decision.reason, reason);
        }
    }
    let policy = policy_with(r#"[{"setWeight": 5}, {"pause": {"requests": 1000}}]"#);
    let next =
        advance(&policy, &World::at_step(1), &World::healthy(), &verdict(Decision::NoData), at(1)).state;
    assert_eq!(next.stage.phase(), Phase::Promoting, "1000 requests are enough");
}

#[test]
fn pods_stay_as_long_as_they_were_told_unless_something_else_is_wanted() {
    let policy = policy_of(
        r#"{"canary": {"steps": [{"setWeight": 5}], "scaleDownDelay": "10s", "abortScaleDownDelay": "1h"}}"#,
        "{}",
    );
    let look = |seen: &Observed, second| {
        let state = state_in(Phase::Draining);
        advance(&policy, &state, seen, &verdict(Decision::NoData), at(second)).state.stage.phase()
    };
    let mut seen = World::healthy();
    assert_eq!((look(&seen, 3599), look(&seen, 3600)), (Phase::Draining, Phase::Aborted));
    seen.wanted.as_mut().unwrap().name = "v3".to_owned();
    assert_eq!(look(&seen, 1), Phase::Aborted);
    seen.in_flight = Some(1);
    assert_eq!(look(&seen, 1), Phase::Draining, "requests are waited for in any case");
}

#[test]
fn a_dry_run_tells_the_verdict_and_goes_on() {
    let analysis = r#"{"dryRun": true, "failureBudget": {"failedRequests": 100}}"#;
    let steps = r#"{"canary": {"steps": [{"setWeight": 5}, {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}}]}}"#;
    let mut walk = Walk::new(policy_of(steps, analysis));
    walk.at_step(0);
    walk.decision = Decision::Fail;
    let told = walk.look();
    let said = "going on without proof: this is a dry run; the judge would abort: the judge said Fail";
    assert!(told.iter().any(|event| event.to_string() == said), "{told:?}");
    let again = walk.look();
    assert!(!again.iter().any(|event| matches!(event, Event::Unproven(_))), "it is told once: {again:?}");
    walk.until(Phase::Promoted);
    assert!(walk.state.release().unwrap().unproven);
    let mut walk = Walk::new(policy_of(steps, analysis));
    walk.decision = Decision::Insufficient;
    walk.until(Phase::Promoted);
    let mut walk = Walk::new(policy_of(steps, analysis));
    walk.at_step(1);
    walk.seen.users_hit = 100;
    walk.until(Phase::Aborted);
}

#[test]
fn a_failure_budget_ends_the_release_whatever_the_judge_says() {
    let budget = r#"{"failureBudget": {"failedRequests": 3}}"#;
    let mut walk =
        Walk::new(policy_of(r#"{"canary": {"steps": [{"setWeight": 5}, {"analysis": {}}]}}"#, budget));
    walk.seen.users_hit = 2;
    walk.at_step(1);
    walk.seen.users_hit = 3;
    walk.look();
    let Stage::Draining { decision, .. } = &walk.state.stage else { panic!("not ended") };
    assert_eq!(decision.reason, "errors: 3 requests of users failed on the canary; the budget was 3");
}

#[test]
fn production_is_watched_and_given_the_old_version_back() {
    let policy = || {
        policy_of(
            r#"{"canary": {"baseline": false, "steps": [{"setWeight": 5}], "afterPromotion": {"duration": "60s"}}}"#,
            "{}",
        )
    };
    let mut walk = Walk::new(policy());
    walk.until(Phase::Promoting);
    walk.seen.baseline.enough_for = share(50);
    walk.look();
    assert_eq!(walk.state.stage.phase(), Phase::Promoting, "the way back is not ready");
    walk.seen.baseline.enough_for = Share::FULL;
    walk.until(Phase::Watching);
    let split = walk.state.split().unwrap().clone();
    assert_eq!((split.canary.weight, split.stable_revision.as_str()), (Share::ZERO, "r-shop:v2"));
    let wanted = desired(&walk.policy, &walk.state);
    assert_eq!(
        (wanted.stable.image.as_str(), walk.state.stable.revision.image.as_str()),
        ("shop:v2", "shop:v1")
    );
    let good = Walk { policy: policy(), seen: walk.seen.clone(), state: walk.state.clone(), ..walk };
    walk.decision = Decision::Fail;
    walk.look();
    let back = walk.state.split().unwrap();
    assert_eq!((back.weight(weir_api::Track::Baseline), back.epoch), (Share::FULL, split.epoch + 1));
    assert_eq!(back.baseline.as_ref().unwrap().revision, "r-shop:v1");
    assert_eq!(desired(&walk.policy, &walk.state).stable.image, "shop:v1");
    walk.seen.stable.ready = 0;
    walk.second += 100_000;
    walk.look();
    assert_eq!(walk.state.stage.phase(), Phase::Returning, "nothing else serves the old version");
    walk.seen.stable.ready = 1;
    walk.until(Phase::Aborted);
    assert_eq!(walk.state.stable, World::stable());
    for (name, image, phase) in [("v1", "shop:v1", Phase::Returning), ("v3", "shop:v3", Phase::Draining)] {
        let mut walk = Walk { policy: policy(), seen: good.seen.clone(), state: good.state.clone(), ..good };
        let wanted = walk.seen.wanted.as_mut().unwrap();
        (wanted.name, wanted.revision) = (name.to_owned(), Shape::revision(image));
        walk.look();
        assert_eq!(walk.state.stage.phase(), phase, "{name}");
    }
    let mut good = good;
    let began = good.second;
    good.until(Phase::Draining);
    assert!(good.second >= began + 60);
    good.until(Phase::Promoted);
    assert_eq!(good.state.stable.revision.image, "shop:v2");
}

#[test]
fn the_last_ten_releases_are_remembered() {
    let mut walk = Walk::new(World::policy());
    for number in 0..12 {
        let wanted = walk.seen.wanted.as_mut().unwrap();
        wanted.name = format!("r{number}");
        wanted.revision = Shape::revision(&format!("shop:r{number}"));
        walk.decision = if number % 2 == 0 { Decision::Fail } else { Decision::Pass };
        walk.look();
        walk.until(if number % 2 == 0 { Phase::Aborted } else { Phase::Promoted });
        walk.seen.manifest.with_stable_image = walk.state.stable.revision.clone();
        walk.look();
    }
    let history = &walk.state.history;
    assert_eq!(history.len(), 10);
    let names: Vec<&str> = history.iter().map(|past| past.name.as_str()).collect();
    assert_eq!(names, ["r11", "r10", "r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2"]);
    assert_eq!((history[0].outcome, history[1].outcome), (ReleaseOutcome::Promoted, ReleaseOutcome::Aborted));
    assert_eq!((history[0].from.image.as_str(), history[0].revision.image.as_str()), ("shop:r9", "shop:r11"));
    assert_eq!(history[1].reason, "the judge said Fail");
    assert_eq!((history[0].requests, history[0].failed_requests), (3000, 0));
}

#[test]
fn a_release_that_is_undone_after_its_end_is_remembered_as_that_too() {
    let mut walk = Walk::new(World::policy());
    walk.until(Phase::Promoted);
    walk.seen.manifest.with_stable_image = walk.state.stable.revision.clone();
    walk.look();
    walk.seen.command = Some(Command::Undo);
    walk.look();
    walk.seen.command = None;
    walk.seen.manifest.with_stable_image = walk.state.stable.revision.clone();
    walk.look();
    let told: Vec<_> = walk.state.history.iter().map(|past| (past.outcome, past.reason.as_str())).collect();
    let [undone, promoted] = told[..] else { panic!("two entries: {told:?}") };
    assert_eq!(undone, (ReleaseOutcome::Aborted, "undone: production goes back to shop:v1"));
    assert_eq!(promoted.0, ReleaseOutcome::Promoted);
    assert!(walk.state.history[0].finished_at > walk.state.history[1].finished_at);
}
