//! What people ask for: cancel, skip, judge; and what they are told where it cannot be done.

use weir_pipeline::event::{Ask, Command, Event, News};
use weir_pipeline::{Refusal, Status};

use crate::fixture::World;

fn skip(stage: &str) -> Ask {
    Ask::Skip { stage: stage.to_owned() }
}

#[test]
fn cancelling_stops_what_runs_and_runs_clean_up() {
    let mut world = World::of(
        r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}, {"name": "tidy", "always": true, "step": "z"}"#,
    );
    world.cancel(false);
    assert_eq!(world.statuses(), "a=Running b=NotRun tidy=NotStarted");
    world.report("a", News::Stopped);
    assert_eq!(world.wanted(), "+tidy.1");
    world.succeed("tidy");
    let reason = "ada cancelled the run: wrong branch";
    assert_eq!((world.run.status, world.run.reason.as_deref()), (Status::Canceled, Some(reason)));
    assert_eq!(world.reason("b"), reason);
}

#[test]
fn cancelling_by_force_stops_clean_up_too() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}, {"name": "tidy", "always": true, "step": "z"}"#);
    world.cancel(false);
    world.report("a", News::Stopped);
    world.cancel(false);
    assert!(world.refusal().contains("cancel it by force"), "{}", world.refusal());
    world.cancel(true);
    assert_eq!(world.wanted(), "-tidy.1");
    world.report("tidy", News::Stopped);
    assert_eq!((world.run.status, world.status("tidy")), (Status::Canceled, Status::Canceled));
}

#[test]
fn a_run_that_never_began_has_nothing_to_clean_up() {
    let stages = crate::fixture::pipeline(
        r#"{"name": "a", "step": "x"}, {"name": "tidy", "always": true, "step": "y"}"#,
    );
    let mut world = World::waiting(stages.clone());
    world.cancel(false);
    assert_eq!((world.statuses().as_str(), world.run.status), ("a=NotRun tidy=NotRun", Status::Canceled));
    let mut world = World::waiting(stages);
    world.ask(Ask::Supersede { newer: "run-2".to_owned() });
    let reason = "superseded by the newer run run-2";
    assert_eq!((world.run.status, world.run.reason.as_deref()), (Status::Canceled, Some(reason)));
    world.ask(Ask::Admit);
    assert!(world.refusal().starts_with("the run is Canceled"), "{}", world.refusal());
}

#[test]
fn a_stage_that_is_skipped_ahead_waits_for_its_turn() {
    let mut world =
        World::of(r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}, {"name": "c", "step": "z"}"#);
    world.ask(skip("b"));
    assert_eq!((world.wanted().as_str(), world.status("b")), ("+a.1", Status::NotStarted));
    world.succeed("a");
    assert_eq!((world.wanted().as_str(), world.reason("b")), ("+c.1", "ada skipped it"));
}

#[test]
fn a_stage_that_is_skipped_ahead_does_not_hide_a_failure_before_it() {
    let mut world = World::of(
        r#"{"name": "a", "onFailure": "haltBranch", "step": "x"}, {"name": "b", "step": "y"}, {"name": "c", "step": "z"}"#,
    );
    world.ask(skip("b"));
    world.fail("a");
    assert_eq!(world.statuses(), "a=Stopped b=NotRun c=NotRun");
}

#[test]
fn a_running_stage_that_is_skipped_is_stopped_first() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}"#);
    world.report("a", News::Started { done_at: None });
    world.ask(skip("a"));
    assert_eq!(world.wanted(), "-a.1");
    world.ask(skip("a"));
    assert!(world.refusal().contains("is being ended already"), "{}", world.refusal());
    world.report("a", News::Stopped);
    assert_eq!((world.wanted().as_str(), world.status("a")), ("+b.1", Status::Skipped));
}

#[test]
fn the_rest_of_a_wait_can_be_skipped() {
    let mut world = World::of(r#"{"name": "a", "step": "wait"}, {"name": "b", "step": "y"}"#);
    let done_at = Some(crate::fixture::monday("20:00"));
    world.report("a", News::Started { done_at });
    world.ask(Ask::SkipWait { stage: "a".to_owned() });
    assert_eq!((world.wanted().as_str(), world.status("a")), ("+b.1", Status::Succeeded));
    world.ask(Ask::SkipWait { stage: "b".to_owned() });
    assert_eq!(world.refusal(), "stage \"b\" is Running, and waits for no time");
}

#[test]
fn a_command_for_a_stage_that_is_not_there_says_which_there_is() {
    let mut world = World::of(r#"{"name": "Deploy homolog", "step": "x"}"#);
    world.ask(skip("Deploy homolg"));
    assert_eq!(world.refusal(), "there is no stage \"Deploy homolg\": did you mean \"Deploy homolog\"?");
}

#[test]
fn a_command_from_before_a_restart_is_stale() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.fail("a");
    world.ask(Ask::Restart { stage: "a".to_owned() });
    let cancel = Ask::Cancel { reason: String::new(), force: false };
    world.look(&[Event::Command(Command { by: "bob".to_owned(), life: 0, ask: cancel })]);
    assert_eq!(world.refused, [Refusal::Stale { given: 0, current: 1 }]);
    assert_eq!(world.run.status, Status::Running);
}
