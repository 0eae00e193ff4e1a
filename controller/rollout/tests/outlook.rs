//! What is offered to somebody who looks at a release is accepted there, and what comes by itself comes at that moment.
#![expect(clippy::unwrap_used, reason = "the functions around the tests: what they are given is right")]

#[path = "fixture/world.rs"]
mod world;

use weir_api::CanarySpec;
use weir_api::status::Phase;
use weir_judge::Decision;
use weir_rollout::outlook::{Deadline, strategy};
use weir_rollout::state::AtStep;
use weir_rollout::{Command, Observed, Outlook, Policy, Stage, State, advance, answer, outlook};
use world::{Shape, World, at, share, state_in, verdict};

fn spec(strategy: &str, analysis: &str) -> CanarySpec {
    let json = format!(
        r#"{{"targetRef": {{"name": "shop"}}, "service": "shop", "strategy": {strategy}, "analysis": {analysis}}}"#
    );
    serde_json::from_str(&json).unwrap()
}

fn seen_of(strategy: &str, state: &State) -> (Policy, Outlook) {
    let spec = spec(strategy, "{}");
    let policy = Policy::parse(&spec).unwrap();
    let seen = outlook(&spec, &policy, state);
    (policy, seen)
}

const WATCHED: &str =
    r#"{"canary": {"steps": [{"setWeight": 5}, {"analysis": {}}], "afterPromotion": {"duration": "1m"}}}"#;

fn state(phase: Phase) -> State {
    let mut state = state_in(phase);
    if matches!(phase, Phase::Promoted | Phase::Draining) {
        state.stable.before = Some(Shape::revision("shop:v0"));
    }
    state
}

#[test]
fn what_is_offered_is_accepted_in_every_phase() {
    for phase in Phase::ALL {
        let state = state(phase);
        let (policy, seen) = seen_of(WATCHED, &state);
        for (command, does) in &seen.offers {
            let looked = Observed { command: Some(*command), ..World::healthy() };
            let next = advance(&policy, &state, &looked, &verdict(Decision::Insufficient), at(1));
            let said = answer(*command, &policy, &next);
            assert!(said.accepted, "{phase}, {command:?} ({does}): {}", said.message);
        }
        let says_what = matches!(phase, Phase::Idle | Phase::Returning | Phase::Draining);
        assert!(says_what || !seen.offers.is_empty(), "{phase} offers nothing");
    }
}

/// A state at the step `step`, entered at second 0; paused where that step waits for somebody.
fn at_step(step: usize, is_paused: bool) -> State {
    let mut state = World::at_step(step);
    if let (Stage::Progressing(at), true) = (state.stage.clone(), is_paused) {
        state.stage = Stage::Paused { at, reason: "it waits".to_owned() };
    }
    state
}

#[test]
fn what_comes_by_itself_comes_at_that_moment_and_not_before() {
    let steps = [
        (r#"{"pause": {"duration": "90s"}}"#, false, "the pause is over"),
        (r#"{"pause": {"requests": 5000, "expiry": "2m"}}"#, false, "has not answered 5000 requests"),
        (r#"{"pause": {"expiry": "3m", "onExpiry": "promote"}}"#, true, "the release goes on where nobody"),
        (r#"{"pause": {"expiry": "3m"}}"#, true, "the release is given up where nobody"),
        (r#"{"analysis": {"maxDuration": "4m"}}"#, false, "waits for somebody where there is no verdict"),
        (r#"{"analysis": {"maxDuration": "4m", "onInsufficient": "abort"}}"#, false, "is given up where"),
    ];
    for (step, is_paused, part) in steps {
        let text = format!(r#"{{"canary": {{"steps": [{{"setWeight": 5}}, {step}, {{"pause": {{}}}}]}}}}"#);
        let state = at_step(1, is_paused);
        let (policy, seen) = seen_of(&text, &state);
        let Deadline { at: due, then } = seen.deadline.expect(step);
        assert!(then.contains(part), "{then}");
        let phase_at = |now| {
            let next = advance(&policy, &state, &World::healthy(), &verdict(Decision::Insufficient), now);
            (next.state.stage != state.stage, next.state.stage.phase())
        };
        let length = i64::try_from(due.since(at(0)).as_secs()).unwrap();
        assert!(!phase_at(at(length - 1)).0, "{step}");
        assert!(phase_at(due).0, "{step}");
    }
    let watched = state_in(Phase::Watching);
    let (policy, seen) = seen_of(WATCHED, &watched);
    let due = seen.deadline.unwrap().at;
    let next = advance(&policy, &watched, &World::healthy(), &verdict(Decision::Insufficient), due);
    assert_eq!((due, next.state.stage.phase()), (at(60), Phase::Draining));
}

#[test]
fn what_waits_for_nobody_but_somebody_has_no_end_of_its_own() {
    for (step, is_paused) in
        [(r#"{"pause": {}}"#, true), (r#"{"analysis": {"onInsufficient": "wait"}}"#, false)]
    {
        let text = format!(r#"{{"canary": {{"steps": [{{"setWeight": 5}}, {step}]}}}}"#);
        assert_eq!(seen_of(&text, &at_step(1, is_paused)).1.deadline, None, "{step}");
    }
    let mut held = at_step(0, true);
    if let Stage::Paused { at, .. } = &mut held.stage {
        *at = AtStep { by_hand: Some(share(30)), ..at.clone() };
    }
    let (_, seen) = seen_of(WATCHED, &held);
    assert_eq!((seen.deadline, seen.offers[0].0), (None, Command::Resume));
}

#[test]
fn a_strategy_is_said_in_a_few_words() {
    let cases = [
        (r#"{"canary": {"steps": [{"setWeight": 5}, {"pause": {}}]}}"#, "{}", "canary: 2 steps"),
        (
            r#"{"canary": {"ramp": {"from": 1, "factor": 3}, "afterPromotion": {"duration": "10m"}}}"#,
            "{}",
            "ramp: from 1 to 100 %, each weight 3 times the one before; watched for 10m afterwards",
        ),
        (r#"{"blueGreen": {}}"#, "{}", "blue/green: a preview of full size, then everything at once"),
        (
            r#"{"rollingBlueGreen": {"targetPercentages": [25, 100]}}"#,
            r#"{"dryRun": true, "failureBudget": {"failedRequests": 10}}"#,
            "rolling blue/green: 25, 100 %; at most 10 failed requests; dry run: the judge's verdict is told and not acted upon",
        ),
    ];
    for (written, analysis, said) in cases {
        assert_eq!(strategy(&spec(written, analysis)), said);
    }
}

#[test]
fn each_phase_says_what_is_in_force() {
    let said = |strategy: &str, state: &State| {
        let lines = seen_of(strategy, state).1.in_force;
        lines.into_iter().map(|(label, text)| format!("{label}: {text}")).collect::<Vec<_>>().join("\n")
    };
    let watching = said(WATCHED, &state_in(Phase::Watching));
    assert!(watching.contains("watched: production, which runs shop:v2"), "{watching}");
    assert!(watching.contains("pods of shop:v1 stay for the way back"), "{watching}");
    let returning = said(WATCHED, &state_in(Phase::Returning));
    assert!(returning.contains("return: pods of shop:v1 serve 100 % while"), "{returning}");
    let mut preview = state_in(Phase::Starting);
    assert!(said(r#"{"blueGreen": {}}"#, &preview).contains("preview: Service shop-canary is shop:v2"));
    preview = at_step(0, false);
    let route = r#"{"name": "beta", "match": [{"headerName": "x-beta", "headerValue": {"exact": "1"}}]}"#;
    if let Stage::Progressing(at) = &mut preview.stage {
        let given: weir_api::requests::SetHeaderRoute = serde_json::from_str(route).unwrap();
        let requests = given.requests().unwrap().unwrap();
        let one = weir_api::status::HeaderRoute { name: given.name, requests, baseline: false };
        at.split.header_routes = vec![one];
    }
    assert!(said(WATCHED, &preview).contains("route: header route beta: x-beta is \"1\""));
    for phase in [Phase::Idle, Phase::Promoted, Phase::Aborted] {
        assert_eq!(said(WATCHED, &state_in(phase)), "", "{phase}");
    }
}
