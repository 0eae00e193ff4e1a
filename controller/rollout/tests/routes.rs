//! Header routes of a release: set by steps, acknowledged like weights, gone with every end.

#[path = "fixture/world.rs"]
mod world;

use weir_api::CanarySpec;
use weir_api::status::Phase;
use weir_judge::Decision;
use weir_rollout::status::{read, write};
use weir_rollout::{Command, Event, Policy, State, advance};
use world::{World, at, policy_with, share, verdict};

const STEPS: &str = r#"[
    {"setWeight": 0},
    {"setHeaderRoute": {"name": "beta", "match": [{"headerName": "X-Beta", "headerValue": {"exact": "yes"}}]}},
    {"setHeaderRoute": {"name": "pro", "match": [{"cookieName": "plan", "cookieValue": {"exact": "pro"}}], "baseline": true}},
    {"setHeaderRoute": {"name": "beta"}},
    {"setWeight": 5},
    {"pause": {}}
]"#;

fn look(policy: &Policy, state: &State, second: i64) -> (State, Vec<Event>) {
    let next = advance(policy, state, &World::healthy(), &verdict(Decision::Insufficient), at(second));
    (next.state, next.events)
}

fn names(state: &State) -> Vec<&str> {
    let routes = state.split().into_iter().flat_map(|split| &split.header_routes);
    routes.map(|route| route.name.as_str()).collect()
}

#[test]
fn each_change_is_an_epoch_that_every_proxy_acknowledges() {
    let policy = policy_with(STEPS);
    let mut state = World::at_step(0);
    let mut seen = Vec::new();
    for second in 1..20 {
        let (next, _) = look(&policy, &state, second);
        let json = serde_json::to_string(&write(&next, &weir_api::CanaryStatus::default())).unwrap();
        assert_eq!(read(&serde_json::from_str(&json).unwrap()).unwrap().unwrap(), next, "{json}");
        if next.epoch != state.epoch {
            assert_eq!(next.epoch, state.epoch + 1);
            seen.push((next.canary_weight(), names(&next).join("+")));
        }
        state = next;
    }
    let expected = [(0, ""), (0, "beta"), (0, "beta+pro"), (0, "pro"), (5, "pro")]
        .map(|(w, names)| (share(w), names.to_owned()));
    assert_eq!(seen, expected);
    assert_eq!(state.stage.phase(), Phase::Paused);
    let route = &state.split().unwrap().header_routes[0];
    assert!(route.baseline && route.requests.cookies.contains_key("plan"));
}

#[test]
fn a_route_waits_for_the_last_proxy_and_cannot_be_skipped() {
    let policy = policy_with(STEPS);
    let (state, events) = look(&policy, &World::at_step(1), 1);
    assert!(
        matches!(&events[..], [Event::RouteSet { what, .. }] if what == "header route beta: x-beta is \"yes\""),
        "{events:?}"
    );
    let mut seen = World::healthy();
    seen.acknowledged.proxies = 1;
    seen.command = Some(Command::Promote);
    let waiting = advance(&policy, &state, &seen, &verdict(Decision::Pass), at(2));
    assert_eq!(waiting.state, state);
    assert!(matches!(waiting.events[..], [Event::Ignored(_)]));
    let late = advance(&policy, &state, &seen, &verdict(Decision::Pass), at(601)).state;
    assert_eq!(late.stage.phase(), Phase::Draining);
}

#[test]
fn every_end_takes_the_routes_away_with_the_weights() {
    let policy = policy_with(STEPS);
    let (state, _) = look(&policy, &World::at_step(1), 1);
    assert_eq!(names(&state), ["beta"]);
    for end in ["abort", "fail", "gone"] {
        let mut seen = World::healthy();
        match end {
            "abort" => seen.command = Some(Command::Abort),
            "gone" => seen.wanted = None,
            _ => {}
        }
        let decision = if end == "fail" { Decision::Fail } else { Decision::Insufficient };
        let next = advance(&policy, &state, &seen, &verdict(decision), at(2)).state;
        assert_eq!((next.stage.phase(), names(&next).len()), (Phase::Draining, 0), "{end}");
    }
}

#[test]
fn what_cannot_be_followed_is_named() {
    for (strategy, said) in [
        (
            r#"{"steps": [{"setWeight": 0}, {"setHeaderRoute": {"name": "x", "match": [{"headerName": "a"}]}}]}"#,
            "spec.strategy.canary.steps[1].setHeaderRoute.match[0].headerValue: is missing",
        ),
        (
            r#"{"baseline": false, "steps": [{"setWeight": 0}, {"setHeaderRoute": {"name": "x", "match": [{"path": {"prefix": "/"}}], "baseline": true}}]}"#,
            "spec.strategy.canary.steps[1].setHeaderRoute.baseline: needs fresh pods",
        ),
        (
            r#"{"steps": [{"setHeaderRoute": {"name": "x"}}]}"#,
            "spec.strategy.canary.steps: have no setWeight",
        ),
    ] {
        let json = format!(
            r#"{{"targetRef": {{"name": "shop"}}, "service": "shop", "strategy": {{"canary": {strategy}}}}}"#
        );
        let error =
            Policy::parse(&serde_json::from_str::<CanarySpec>(&json).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    let many: Vec<String> = (0..17)
        .map(|n| {
            format!(r#"{{"setHeaderRoute": {{"name": "r{n}", "match": [{{"path": {{"prefix": "/"}}}}]}}}}"#)
        })
        .collect();
    let json = format!(
        r#"{{"targetRef": {{"name": "shop"}}, "service": "shop", "strategy": {{"canary": {{"steps": [{{"setWeight": 0}}, {}]}}}}}}"#,
        many.join(",")
    );
    let error = Policy::parse(&serde_json::from_str::<CanarySpec>(&json).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "spec.strategy.canary.steps: has 17 header routes: at most 16");
}
