//! Who comes after whom, conditions, and what each look wants done.

use weir_pipeline::event::{Ask, Event, News, Report};
use weir_pipeline::{Plan, Status};

use crate::fixture::{World, monday, pipeline};

#[test]
fn a_stage_follows_the_one_before_it_unless_it_says_what_it_needs() {
    let mut world = World::of(
        r#"{"name": "Build", "step": "make"}, {"name": "Unit tests", "step": "test"},
           {"name": "Lint", "needs": [], "step": "lint"}, {"name": "Deploy", "needs": ["unit-tests", "Lint"], "step": "apply"}"#,
    );
    assert_eq!(world.wanted(), "+build.1 +lint.1");
    world.succeed("build");
    assert_eq!(world.wanted(), "+unit-tests.1 +lint.1");
    world.succeed("lint");
    assert_eq!(world.wanted(), "+unit-tests.1", "a join waits for both");
    world.succeed("unit-tests");
    assert_eq!(world.wanted(), "+deploy.1");
    world.succeed("deploy");
    assert_eq!(
        (world.run.status, world.run.reason.as_deref(), world.wanted().as_str()),
        (Status::Succeeded, None, "")
    );
    assert_eq!(world.stage("build").outputs["from"], "build", "later stages may read it");
    assert_eq!(world.run.next_wake(), None);
}

#[test]
fn an_action_comes_again_until_it_has_been_reported_on() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.after(60);
    assert_eq!(world.wanted(), "+a.1");
    world.report("a", News::Started { done_at: None });
    assert_eq!(world.wanted(), "");
    let in_flight: Vec<String> = world.run.in_flight().map(|key| key.to_string()).collect();
    assert_eq!(in_flight, ["run-1.a.1"], "what a restarted controller looks for");
    world.cancel(false);
    assert_eq!(world.wanted(), "-a.1");
    world.after(60);
    assert_eq!(world.wanted(), "-a.1");
    world.report("a", News::Stopped);
    assert_eq!((world.wanted().as_str(), world.status("a")), ("", Status::Canceled));
}

#[test]
fn a_run_that_waits_for_its_turn_does_nothing_before() {
    let mut world = World::waiting(crate::fixture::pipeline(r#"{"name": "a", "step": "x"}"#));
    world.after(86_400);
    assert_eq!(
        (world.wanted().as_str(), world.run.status, world.run.next_wake()),
        ("", Status::NotStarted, None)
    );
    world.ask(Ask::Admit);
    assert_eq!((world.wanted().as_str(), world.run.began), ("+a.1", Some(world.now)));
}

#[test]
fn a_false_condition_skips_a_stage_and_what_follows_goes_on() {
    let mut world = World::of(
        r#"{"name": "a", "when": "${ trigger.branch == 'master' }", "step": "x"}, {"name": "b", "step": "y"}"#,
    );
    assert_eq!(world.wanted(), "?a.1");
    world.report("a", News::Evaluated(Ok(false)));
    assert_eq!((world.status("a"), world.wanted().as_str()), (Status::Skipped, "+b.1"));
    assert_eq!(world.reason("a"), "its condition is false: ${ trigger.branch == 'master' }");
    world.succeed("b");
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn a_true_condition_starts_a_stage_with_the_same_key() {
    let mut world = World::of(r#"{"name": "a", "when": "x", "step": "x"}"#);
    world.report("a", News::Evaluated(Ok(true)));
    assert_eq!(world.wanted(), "+a.1");
}

/// Spinnaker skips such a stage, and a slip of the pen leaves out the tests.
#[test]
fn a_condition_that_cannot_be_evaluated_fails_the_stage() {
    let mut world =
        World::of(r#"{"name": "a", "when": "${ parameter.x }", "step": "x"}, {"name": "b", "step": "y"}"#);
    world.report("a", News::Evaluated(Err("unknown name `parameter`".to_owned())));
    assert_eq!(world.statuses(), "a=Terminal b=NotRun");
    assert_eq!(world.reason("a"), "its condition cannot be evaluated: unknown name `parameter`");
}

#[test]
fn reports_about_another_attempt_or_an_unknown_stage_change_nothing() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    let before = world.run.clone();
    for (stage, attempt) in [("a", 0), ("a", 2), ("b", 1)] {
        for news in [News::Started { done_at: None }, News::Succeeded(serde_json::Map::new()), News::Stopped]
        {
            world.look(&[Event::Report(Report { stage: stage.to_owned(), attempt, news })]);
            assert_eq!(world.run, before, "{stage} {attempt}");
        }
    }
}

#[test]
fn progress_is_kept_as_the_last_word() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.report("a", News::Progress("1 of 3 pods".to_owned()));
    world.report("a", News::Progress("2 of 3 pods".to_owned()));
    assert_eq!(world.stage("a").message.as_deref(), Some("2 of 3 pods"));
    assert_eq!(world.status("a"), Status::Running);
}

#[test]
fn outputs_that_no_object_could_hold_fail_the_stage() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    let long = serde_json::Value::from("x".repeat(20_000));
    world.report("a", News::Succeeded(serde_json::Map::from_iter([("log".to_owned(), long)])));
    assert_eq!((world.run.status, world.stage("a").outputs.len()), (Status::Terminal, 0));
    assert!(world.reason("a").contains("20010 bytes of JSON, 16384 are the most"), "{}", world.reason("a"));
}

#[test]
fn a_stage_that_only_waits_ends_by_itself() {
    let mut world = World::of(r#"{"name": "a", "step": "wait"}, {"name": "b", "step": "x"}"#);
    world.report("a", News::Started { done_at: Some(monday("08:30")) });
    assert_eq!(world.run.next_wake(), Some(monday("08:30")));
    world.after(29 * 60);
    assert_eq!(world.wanted(), "");
    world.wake();
    assert_eq!((world.status("a"), world.wanted().as_str()), (Status::Succeeded, "+b.1"));
}

#[test]
fn a_run_is_never_advanced_by_another_definition() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.plan = World::of(r#"{"name": "a", "step": "y"}"#).plan;
    let before = world.run.clone();
    world.look(&[]);
    assert_eq!((&world.run, world.wanted().as_str()), (&before, ""));
    assert!(world.refusal().contains("give the definition that is kept with the run"), "{}", world.refusal());
}

#[test]
fn a_condition_that_is_known_already_is_one() {
    let pipeline =
        pipeline(r#"{"name": "A", "when": true, "step": "x"}, {"name": "B", "when": "1 > 0", "step": "x"}"#);
    let conditions: Vec<_> = pipeline.stages.iter().map(|stage| stage.when.as_deref()).collect();
    assert_eq!(conditions, [Some("true"), Some("1 > 0")]);
}

#[test]
fn who_comes_before_a_stage_is_known() {
    let stages = r#"{"name": "A", "step": "x"}, {"name": "B", "needs": [], "step": "x"},
        {"name": "C", "needs": ["A"], "step": "x"},
        {"name": "D", "group": {"before": [{"name": "E", "step": "x"}, {"name": "F", "step": "x"}]}}"#;
    let plan = Plan::new(pipeline(stages)).unwrap();
    assert_eq!(plan.graph().before("d.f"), ["a", "c", "d.e"]);
    assert!(plan.graph().before("b").is_empty() && plan.graph().before("nobody").is_empty());
}
