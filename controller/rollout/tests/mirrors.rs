//! Mirror routes of a release: copies that wait for their pods, are set by an epoch, are judged at weight 0, and end with every end.
#![expect(clippy::unwrap_used, reason = "the functions around the tests: what they are given is right")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::status::Phase;
use weir_api::{CanarySpec, Share};
use weir_judge::Decision;
use weir_rollout::desired::Pods;
use weir_rollout::status::{read, write};
use weir_rollout::{Command, Event, Observed, Policy, State, advance, desired};
use world::{World, at, policy_with, share, state_in, verdict};

const STEPS: &str = r#"[
    {"setMirrorRoute": {"name": "copy", "percentage": 20, "match": [{"path": {"prefix": "/"}}]}},
    {"analysis": {}},
    {"setWeight": 5},
    {"setMirrorRoute": {"name": "copy"}},
    {"pause": {}}
]"#;

/// At weight 0, entering the first step.
fn begun(policy: &Policy) -> State {
    let mut seen = World::healthy();
    seen.canary_requests = 0;
    let next = advance(policy, &state_in(Phase::Starting), &seen, &verdict(Decision::NoData), at(1));
    assert_eq!((next.state.stage.phase(), next.state.canary_weight()), (Phase::Progressing, Share::ZERO));
    next.state
}

fn look(policy: &Policy, state: &State, seen: &Observed, decision: Decision, second: i64) -> State {
    let next = advance(policy, state, seen, &verdict(decision), at(second)).state;
    let json = serde_json::to_string(&write(&next, &weir_api::CanaryStatus::default())).unwrap();
    assert_eq!(read(&serde_json::from_str(&json).unwrap()).unwrap().unwrap(), next, "{json}");
    next
}

fn copied(state: &State) -> Vec<(&str, Share)> {
    let routes = state.split().into_iter().flat_map(|split| &split.mirror_routes);
    routes.map(|route| (route.name.as_str(), route.percentage)).collect()
}

/// The shares that pods of canary and baseline are for.
fn sized(policy: &Policy, state: &State) -> [Share; 2] {
    let of = |pods| match pods {
        Pods::Run { share, .. } => share,
        Pods::None | Pods::Keep => Share::ZERO,
    };
    let wanted = desired(policy, state);
    [of(wanted.canary), of(wanted.baseline)]
}

#[test]
fn copies_come_at_weight_0_go_on_beside_users_and_end_by_a_step() {
    let policy = policy_with(STEPS);
    let mut state = begun(&policy);
    let mut seen = Vec::new();
    for second in 2..20 {
        let decision = if second < 6 { Decision::Insufficient } else { Decision::Pass };
        let next = look(&policy, &state, &World::healthy(), decision, second);
        if next.epoch != state.epoch {
            assert_eq!(next.epoch, state.epoch + 1);
            seen.push((next.canary_weight(), copied(&next).len(), sized(&policy, &next)));
        }
        state = next;
    }
    assert_eq!(
        seen,
        [
            (Share::ZERO, 1, [share(20); 2]),
            // 5 % of the users, and copies of a fifth of the 90 % that stable answers.
            (share(5), 1, [share(23); 2]),
            (share(5), 0, [share(5); 2]),
        ]
    );
    assert_eq!(state.stage.phase(), Phase::Paused);
}

#[test]
fn a_route_waits_for_pods_and_then_for_the_last_proxy() {
    let policy = policy_with(STEPS);
    let state = begun(&policy);
    assert_eq!(sized(&policy, &state), [share(20); 2], "pods for copies come before the copies");
    let mut few = World::healthy();
    few.baseline.enough_for = share(10);
    let waiting = look(&policy, &state, &few, Decision::Insufficient, 2);
    assert_eq!(waiting, state);
    let late = look(&policy, &state, &few, Decision::Insufficient, 602);
    assert_eq!(late.stage.phase(), Phase::Draining);

    let mut silent = World::healthy();
    silent.acknowledged.proxies = 1;
    silent.command = Some(Command::Promote);
    let next = advance(&policy, &state, &World::healthy(), &verdict(Decision::Insufficient), at(3));
    let said = "mirror route copy: copies of 20 % of requests whose path begins with \"/\"";
    assert!(matches!(&next.events[..], [Event::RouteSet { what, .. }] if what == said), "{:?}", next.events);
    assert_eq!(look(&policy, &next.state, &silent, Decision::Pass, 4), next.state, "it cannot be skipped");
}

#[test]
fn a_canary_that_fails_on_copies_is_given_up_before_it_gets_a_user() {
    let policy = policy_with(STEPS);
    let state = look(&policy, &begun(&policy), &World::healthy(), Decision::Insufficient, 2);
    assert_eq!(copied(&state), [("copy", share(20))]);
    let next = look(&policy, &state, &World::healthy(), Decision::Fail, 3);
    assert_eq!((next.stage.phase(), copied(&next)), (Phase::Draining, Vec::new()));
    assert_eq!(next.canary_weight(), Share::ZERO);
}

#[test]
fn every_end_takes_the_routes_away() {
    let policy = policy_with(STEPS);
    let state = look(&policy, &begun(&policy), &World::healthy(), Decision::Insufficient, 2);
    for end in ["abort", "undone", "another", "deleted", "tripped"] {
        let mut seen = World::healthy();
        match end {
            "abort" => seen.command = Some(Command::Abort),
            "another" => seen.wanted.iter_mut().for_each(|wanted| wanted.name = "v3".to_owned()),
            "deleted" => (seen.wanted, seen.is_deleted) = (None, true),
            "tripped" => seen.tripped = Some("a burst".to_owned()),
            _ => seen.wanted = None,
        }
        let next = look(&policy, &state, &seen, Decision::Insufficient, 3);
        assert_eq!((next.stage.phase(), copied(&next)), (Phase::Draining, Vec::new()), "{end}");
    }
    // Promoted at once, with the route still in force: it ends with the weights.
    let mut seen = World::healthy();
    seen.command = Some(Command::PromoteFull);
    let promoting = look(&policy, &state, &seen, Decision::Insufficient, 3);
    let mut seen = World::healthy();
    seen.stable.enough_for = Share::FULL;
    let drained = look(&policy, &promoting, &seen, Decision::Insufficient, 4);
    assert_eq!((promoting.stage.phase(), drained.stage.phase()), (Phase::Promoting, Phase::Draining));
    assert_eq!(copied(&drained), []);
}

#[test]
fn what_cannot_be_followed_is_named() {
    let route = r#"{"name": "copy", "match": [{"path": {"prefix": "/"}}]}"#;
    let many: Vec<_> = (0..17)
        .map(|n| {
            format!(r#"{{"setMirrorRoute": {{"name": "r{n}", "match": [{{"path": {{"prefix": "/"}}}}]}}}}"#)
        })
        .collect();
    for (strategy, said) in [
        (
            r#"{"steps": [{"setMirrorRoute": {"name": "x", "match": [{}]}}, {"setWeight": 5}]}"#.to_owned(),
            "spec.strategy.canary.steps[0].setMirrorRoute.match[0]: is empty",
        ),
        (
            format!(r#"{{"baseline": false, "steps": [{{"setWeight": 5}}, {{"setMirrorRoute": {route}}}]}}"#),
            "spec.strategy.canary.steps[1].setMirrorRoute: needs fresh pods of stable",
        ),
        (
            format!(r#"{{"steps": [{{"setMirrorRoute": {route}}}, {{"analysis": {{}}}}]}}"#),
            "spec.strategy.canary.steps: have no setWeight",
        ),
        (
            format!(r#"{{"steps": [{{"setWeight": 5}}, {}]}}"#, many.join(",")),
            "spec.strategy.canary.steps: has 17 mirror routes: at most 16",
        ),
    ] {
        let json = format!(
            r#"{{"targetRef": {{"name": "shop"}}, "service": "shop", "strategy": {{"canary": {strategy}}}}}"#
        );
        let spec = serde_json::from_str::<CanarySpec>(&json).unwrap();
        let error = Policy::parse(&spec).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}
