//! Decisions: by whom, on what, until when, and what is kept of them.

use serde_json::json;
use weir_pipeline::Status;
use weir_pipeline::event::{Ask, News};
use weir_pipeline::run::Standing;

use crate::fixture::{World, monday};

const DAY: u64 = 86_400;

fn judge(go_on: bool, input: Option<&str>, roles: &[&str]) -> Ask {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let (stage, input) = ("Promote?".to_owned(), input.map(str::to_owned));
    Ask::Judge { stage, go_on, input, reason: Some("seen the graphs".to_owned()), roles }
}

/// A stage that waits for a decision of this kind, and one that follows it.
fn waiting(judge: &str) -> World {
    let mut world = World::of(&format!(
        r#"{{"name": "Promote?", "id": "promote", "retries": {{"on": "any"}}, "judge": {judge}}}, {{"name": "b", "step": "x"}}"#
    ));
    world.report("promote", News::Started { done_at: None });
    world
}

const JUDGED: &str = r#"{"name": "Promote?", "id": "promote", "judge": {"inputs": ["blue", "green"], "roles": ["release", "sre"]}},
    {"name": "b", "step": "x"}"#;

#[test]
fn a_judgement_goes_on_with_what_was_chosen() {
    let mut world = World::of(JUDGED);
    world.ask(judge(true, Some("green"), &["dev", "sre"]));
    assert_eq!((world.wanted().as_str(), world.status("promote")), ("+b.1", Status::Succeeded));
    let outputs = &world.stage("promote").outputs;
    assert_eq!(
        (outputs["judgmentInput"].as_str(), outputs["judgedBy"].as_str()),
        (Some("green"), Some("ada"))
    );
    let decision = world.stage("promote").decision.clone().unwrap();
    assert_eq!((decision.by.as_deref(), decision.role.as_deref()), (Some("ada"), Some("sre")));
    assert_eq!((decision.at, decision.go_on), (monday("08:00"), true));
}

#[test]
fn a_judgement_against_it_fails_the_stage() {
    let mut world = World::of(JUDGED);
    world.ask(judge(false, None, &["release"]));
    assert_eq!(
        (world.run.status, world.reason("promote")),
        (Status::Terminal, "ada decided against it: seen the graphs")
    );
}

#[test]
fn a_judgement_without_the_role_or_the_choice_is_refused() {
    let mut world = World::of(JUDGED);
    for (ask, refusal) in [
        (judge(true, Some("green"), &["dev"]), "is for release, sre to judge, and ada is none of them"),
        (judge(true, None, &["sre"]), "asks for a choice: give one of blue, green"),
        (judge(true, Some("red"), &["sre"]), "asks for a choice: give one of blue, green"),
    ] {
        world.ask(ask);
        assert_eq!(world.refusal(), format!("stage \"Promote?\" {refusal}"));
        assert!(world.is("promote", |standing| *standing == Standing::Starting));
        assert_eq!(world.stage("promote").decision, None);
    }
    world.ask(Ask::Judge {
        stage: "b".to_owned(),
        go_on: true,
        input: None,
        reason: None,
        roles: Vec::new(),
    });
    assert_eq!(world.refusal(), "stage \"b\" does not wait for a judgement");
    let mut world = World::of(JUDGED);
    world.ask(Ask::Skip { stage: "promote".to_owned() });
    assert_eq!(world.refusal(), "stage \"Promote?\" is for release, sre to judge, and cannot be skipped");
    let mut world = waiting("{}");
    world.ask(judge(true, Some("red"), &[]));
    assert_eq!(world.refusal(), "stage \"Promote?\" asks for no choice: leave out the input");
}

#[test]
fn nobody_judges_for_three_days_and_the_stage_fails() {
    let mut world = waiting(r#"{"owner": "the shop's team"}"#);
    world.after(3 * DAY - 1);
    assert_eq!(world.status("promote"), Status::Running);
    assert_eq!(world.run.next_wake(), Some("2026-11-26T08:00:00Z".parse().unwrap()));
    world.wake();
    assert_eq!(world.run.status, Status::Terminal);
    assert_eq!(world.reason("promote"), "nobody decided within 72h; the shop's team was asked");
    world.ask(judge(true, None, &[]));
    assert!(world.refusal().starts_with("the run is Terminal"), "{}", world.refusal());
}

#[test]
fn what_is_to_happen_when_nobody_decides_happens_at_its_time_and_is_kept() {
    let mut world = waiting(r#"{"expires": "168h", "whenExpired": "goOn"}"#);
    world.after(7 * DAY - 1);
    assert_eq!((world.wanted().as_str(), world.status("promote")), ("", Status::Running));
    world.after(1);
    assert_eq!((world.wanted().as_str(), world.status("promote")), ("+b.1", Status::Succeeded));
    let decision = json!(world.stage("promote").decision);
    let expected =
        json!({"at": "2026-11-30T08:00:00Z", "goOn": true, "reason": "nobody decided within 168h"});
    assert_eq!(decision, expected);
}

#[test]
fn a_timeout_of_the_stage_is_the_time_for_a_decision_and_holds_beside_another_one() {
    let stages = |judge: &str| {
        World::of(&format!(r#"{{"name": "Promote?", "id": "promote", "timeout": "200h", "judge": {judge}}}"#))
    };
    let mut world = stages("{}");
    world.after(199 * 3_600);
    assert_eq!(world.status("promote"), Status::Running, "three days are the default where nothing is said");
    world.after(3_600);
    world.report("promote", News::Stopped);
    assert_eq!(world.reason("promote"), "it took longer than its timeout, which is 200h");
    let mut world = stages(r#"{"expires": "2h"}"#);
    world.wake();
    assert_eq!((world.now, world.reason("promote")), (monday("10:00"), "nobody decided within 2h"));
}

#[test]
fn a_restart_asks_again_and_keeps_what_was_decided_before() {
    let mut world = World::of(JUDGED);
    world.ask(judge(true, Some("green"), &["sre"]));
    world.fail("b");
    world.ask(Ask::Restart { stage: "Promote?".to_owned() });
    let stage = world.stage("promote");
    assert_eq!((stage.decision.is_none(), stage.attempt), (true, 2));
    let before = json!(stage.attempts[0].decision);
    assert_eq!((&before["by"], &before["input"]), (&json!("ada"), &json!("green")));
    assert_eq!((&before["role"], &before["reason"]), (&json!("sre"), &json!("seen the graphs")));
}
