//! What proxies do by themselves about a failing canary, and what the release does about that.
#![expect(clippy::unwrap_used, reason = "fixtures of tests: what they are given is right")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::CanarySpec;
use weir_api::status::{Phase, SplitBreaker};
use weir_judge::Decision;
use weir_rollout::{Policy, State, advance};
use world::{World, at, state_in, verdict};

fn policy(analysis: &str) -> Policy {
    let json = format!(
        r#"{{"targetRef": {{"name": "shop"}}, "service": "shop", "analysis": {analysis}, "strategy": {{"canary": {{"steps": [{{"setWeight": 5}}, {{"setWeight": 20}}, {{"pause": {{}}}}]}}}}}}"#
    );
    Policy::parse(&serde_json::from_str::<CanarySpec>(&json).unwrap()).unwrap()
}

fn breaker(state: &State) -> Option<SplitBreaker> {
    state.split().unwrap().breaker.clone()
}

#[test]
fn every_split_of_a_release_carries_the_same_breaker_with_each_proxys_part() {
    for (spec, burst, part) in [
        ("{}", true, None),
        (r#"{"failureBudget": {"failedRequests": 10}}"#, true, Some(5)),
        (r#"{"failureBudget": {"failedRequests": 1}}"#, true, Some(1)),
        (r#"{"failureBudget": {"failedRequests": 7}, "breaker": false}"#, false, Some(3)),
    ] {
        let policy = policy(spec);
        let look = |state: &State| {
            advance(&policy, state, &World::healthy(), &verdict(Decision::Insufficient), at(1)).state
        };
        let first = look(&state_in(Phase::Starting));
        let expected = SplitBreaker { since_epoch: first.epoch, burst, failed_requests: part };
        assert_eq!(breaker(&first), Some(expected.clone()), "{spec}");
        let second = look(&first);
        assert_eq!((second.epoch, breaker(&second)), (first.epoch + 1, Some(expected)), "{spec}");
    }
    let off = policy(r#"{"breaker": false}"#);
    let first =
        advance(&off, &state_in(Phase::Starting), &World::healthy(), &verdict(Decision::NoData), at(1));
    assert_eq!(breaker(&first.state), None);
}

#[test]
fn a_trip_ends_the_release_whatever_the_judge_says() {
    let policy = policy("{}");
    for phase in [Phase::Progressing, Phase::Paused, Phase::Promoting] {
        for decision in [Decision::Pass, Decision::Insufficient, Decision::NoData] {
            let mut seen = World::healthy();
            seen.tripped = Some("proxy a took the canary out: 7 of 7".to_owned());
            seen.acknowledged.proxies = 0;
            let next = advance(&policy, &state_in(phase), &seen, &verdict(decision), at(0)).state;
            let weir_rollout::Stage::Draining { decision, split, .. } = next.stage else {
                panic!("{phase:?}")
            };
            assert_eq!(decision.reason, "proxy a took the canary out: 7 of 7");
            assert_eq!((split.breaker, split.canary.weight), (None, weir_api::Share::ZERO));
        }
    }
    let mut seen = World::healthy();
    seen.tripped = Some("of another release".to_owned());
    let starting =
        advance(&policy, &state_in(Phase::Starting), &seen, &verdict(Decision::NoData), at(0)).state;
    assert_eq!(starting.stage.phase(), Phase::Progressing, "nothing was split yet");
}

#[test]
fn the_sum_over_all_proxies_is_held_too() {
    let policy = policy(r#"{"failureBudget": {"failedRequests": 10}}"#);
    for (hit, phase) in [(9, Phase::Progressing), (10, Phase::Draining), (500, Phase::Draining)] {
        let mut seen = World::healthy();
        seen.users_hit = hit;
        let next = advance(&policy, &World::at_step(1), &seen, &verdict(Decision::Pass), at(0)).state;
        assert_eq!(next.stage.phase(), phase, "{hit}");
    }
}
