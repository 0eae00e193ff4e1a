//! A run that has ended, from one of its stages once more.

use weir_pipeline::event::Ask;
use weir_pipeline::{Status, event::News};

use crate::fixture::World;

fn restart(stage: &str) -> Ask {
    Ask::Restart { stage: stage.to_owned() }
}

const LINE: &str = r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}, {"name": "c", "step": "z"}"#;

#[test]
fn a_stage_and_everything_after_it_run_again_with_new_keys() {
    let mut world = World::of(LINE);
    world.succeed("a");
    world.fail("b");
    world.now = crate::fixture::monday("09:00");
    world.ask(restart("b"));
    assert_eq!((world.wanted().as_str(), world.run.life, world.run.status), ("+b.2", 1, Status::Running));
    assert_eq!(world.statuses(), "a=Succeeded b=Running c=NotStarted");
    assert_eq!(
        (world.run.began, world.run.ended, world.run.reason.as_deref()),
        (Some(world.now), None, None)
    );
    let attempts = &world.stage("b").attempts;
    assert_eq!((attempts.len(), attempts[0].number), (1, 1), "what was is kept");
    assert_eq!(world.stage("b").failures, 0, "and does not count");
    world.succeed("b");
    world.succeed("c");
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn what_had_succeeded_can_run_again_too() {
    let mut world = World::of(LINE);
    for stage in ["a", "b", "c"] {
        world.succeed(stage);
    }
    world.ask(restart("b"));
    assert_eq!(world.wanted(), "+b.2");
    assert!(world.stage("b").outputs.is_empty(), "its outputs are to be made again");
    assert_eq!(world.stage("c").attempts[0].fault, None);
    world.succeed("b");
    assert_eq!(world.wanted(), "+c.2");
}

#[test]
fn other_branches_that_did_not_end_well_run_again() {
    let mut world = World::of(
        r#"{"name": "a", "step": "x"}, {"name": "b", "needs": [], "step": "y"}, {"name": "c", "needs": [], "step": "z"},
           {"name": "join", "needs": ["a", "b", "c"], "step": "w"}"#,
    );
    world.succeed("c");
    world.fail("a");
    world.report("b", News::Stopped);
    assert_eq!(world.statuses(), "a=Terminal b=Canceled c=Succeeded join=NotRun");
    world.ask(restart("a"));
    assert_eq!(world.wanted(), "+a.2 +b.2", "c did well");
}

#[test]
fn clean_up_runs_again_unless_the_stage_needs_it() {
    let mut world = World::of(
        r#"{"name": "canary", "step": "x"}, {"name": "tidy", "always": true, "step": "y"}, {"name": "deploy", "step": "z"},
           {"name": "farewell", "needs": ["canary"], "always": true, "step": "w"}"#,
    );
    for stage in ["canary", "tidy", "farewell"] {
        world.succeed(stage);
    }
    world.fail("deploy");
    world.ask(restart("deploy"));
    assert_eq!(world.wanted(), "+deploy.2 +farewell.2");
    world.fail("deploy");
    world.succeed("farewell");
    world.ask(restart("canary"));
    world.succeed("canary");
    assert_eq!(world.wanted(), "+tidy.2 +farewell.3");
}

#[test]
fn a_restart_is_refused_while_the_run_goes_on_and_of_what_it_is_not_about() {
    let mut world = World::of(
        r#"{"name": "a", "group": {"before": [{"name": "inner", "step": "x"}]}}, {"name": "b", "step": "y"}"#,
    );
    world.ask(restart("a"));
    assert_eq!(world.refusal(), "the run is Running: wait for its end, or cancel it first");
    world.fail("a.inner");
    for (stage, refusal) in [
        ("a.inner", "stage \"inner\" is a part of \"a\": restart from that one"),
        ("c", "there is no stage \"c\": there is \"a\", \"a.inner\", \"b\""),
    ] {
        world.ask(restart(stage));
        assert_eq!(world.refusal(), refusal);
    }
    world.ask(restart("a"));
    assert_eq!(world.wanted(), "+a.inner.2");
    let mut never = World::waiting(crate::fixture::pipeline(LINE));
    never.cancel(false);
    never.ask(restart("a"));
    assert_eq!(never.refusal(), "the run is Canceled: it never began: start a new one");
}

#[test]
fn a_restart_has_its_whole_time_again() {
    let text = r#"{"timeout": "1h", "stages": [{"name": "a", "step": "x"}]}"#;
    let mut world = World::begun(crate::fixture::whole(text));
    world.after(3_600);
    world.report("a", News::Stopped);
    assert_eq!(world.run.status, Status::Terminal);
    world.after(86_400);
    world.ask(restart("a"));
    assert_eq!(world.wanted(), "+a.2");
    world.after(3_599);
    assert_eq!(world.run.halted, None);
}
