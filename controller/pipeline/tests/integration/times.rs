//! Timeouts, windows, and pauses.

use weir_pipeline::Status;
use weir_pipeline::event::{Ask, News};
use weir_pipeline::run::Standing;

use crate::fixture::{World, monday, whole};

#[test]
fn a_stage_that_takes_too_long_is_stopped_and_has_failed() {
    let mut world = World::of(r#"{"name": "a", "timeout": "10m", "step": "x"}, {"name": "b", "step": "y"}"#);
    world.report("a", News::Started { done_at: None });
    assert_eq!(world.run.next_wake(), Some(monday("08:10")));
    world.after(599);
    assert_eq!(world.wanted(), "");
    world.after(1);
    assert_eq!((world.wanted().as_str(), world.status("a")), ("-a.1", Status::Running));
    world.report("a", News::Stopped);
    assert_eq!(world.statuses(), "a=Terminal b=NotRun");
    assert_eq!(world.reason("a"), "it took longer than its timeout, which is 10m");
}

#[test]
fn work_that_is_done_in_the_look_of_its_timeout_is_done() {
    let mut world = World::of(r#"{"name": "a", "timeout": "10m", "step": "x"}"#);
    world.now = monday("08:10");
    world.succeed("a");
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn each_attempt_has_the_whole_time() {
    let stage = r#"{"name": "a", "timeout": "10m", "retries": {"limit": 1, "on": "any", "backoff": {"initial": "1m"}}, "step": "x"}"#;
    let mut world = World::of(stage);
    world.after(600);
    world.report("a", News::Stopped);
    world.wake();
    let began = world.now;
    assert_eq!(world.wanted(), "+a.2");
    world.wake();
    assert_eq!((world.now.duration_since(began).as_secs(), world.wanted().as_str()), (600, "-a.2"));
}

#[test]
fn work_that_does_not_say_that_it_stopped_holds_nothing_up_for_ever() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.cancel(false);
    world.after(599);
    assert_eq!(world.wanted(), "-a.1");
    world.wake();
    assert_eq!((world.wanted().as_str(), world.run.status), ("", Status::Canceled));
    assert_eq!(world.stage("a").message.as_deref(), Some("it did not say within 10m that it stopped"));
}

#[test]
fn a_run_that_takes_too_long_is_ended_with_its_clean_up() {
    let text = r#"{"timeout": "1h", "stages": [{"name": "a", "step": "x"}, {"name": "tidy", "always": true, "step": "y"}]}"#;
    let mut world = World::begun(whole(text));
    world.after(3_600);
    world.report("a", News::Stopped);
    assert_eq!(world.wanted(), "+tidy.1");
    world.after(86_400);
    world.succeed("tidy");
    assert_eq!(world.statuses(), "a=Canceled tidy=Succeeded");
    let reason = "the run took longer than its timeout, which is 1h";
    assert_eq!((world.run.status, world.run.reason.as_deref()), (Status::Terminal, Some(reason)));
}

#[test]
fn a_pause_holds_what_has_not_started_and_stops_the_time_of_the_run() {
    let text = r#"{"timeout": "1h", "stages": [{"name": "a", "step": "x"}, {"name": "b", "step": "y"}]}"#;
    let mut world = World::begun(whole(text));
    world.ask(Ask::Pause);
    world.succeed("a");
    assert_eq!((world.wanted().as_str(), world.run.status), ("", Status::Paused));
    world.after(7_200);
    assert_eq!(world.run.status, Status::Paused);
    world.ask(Ask::Resume);
    assert_eq!((world.wanted().as_str(), world.run.next_wake()), ("+b.1", Some(monday("11:00"))));
}

#[test]
fn a_pause_holds_retries_and_windows() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.lose("a");
    world.ask(Ask::Pause);
    assert_eq!(world.run.next_wake(), None, "nothing happens by itself");
    world.after(3_600);
    assert_eq!(world.wanted(), "");
    world.ask(Ask::SkipWait { stage: "a".to_owned() });
    assert!(world.refusal().contains("resume it first"), "{}", world.refusal());
    world.ask(Ask::Resume);
    assert_eq!(world.wanted(), "+a.2");
}

const WINDOW: &str = r#"{"timeZone": "Europe/Berlin", "windows": {"office": {"hours": ["10:30-16:00"]}},
    "stages": [{"name": "a", "window": "office", "step": "x"}]}"#;

#[test]
fn a_stage_waits_for_its_window_in_the_zone_of_the_pipeline() {
    let mut world = World::begun(whole(WINDOW));
    assert_eq!((world.wanted().as_str(), world.status("a")), ("", Status::Running));
    assert_eq!(world.run.next_wake(), Some(monday("09:30")), "10:30 in Berlin");
    world.wake();
    assert_eq!(world.wanted(), "+a.1");
}

#[test]
fn a_window_that_was_slept_through_is_waited_for_again() {
    let mut world = World::begun(whole(WINDOW));
    world.after(8 * 3_600);
    assert_eq!(world.wanted(), "");
    let next: jiff::Timestamp = "2026-11-24T09:30:00Z".parse().unwrap();
    assert_eq!(world.run.next_wake(), Some(next));
}

#[test]
fn nobody_has_to_wait_for_a_window() {
    let mut world = World::begun(whole(WINDOW));
    world.ask(Ask::SkipWait { stage: "a".to_owned() });
    assert_eq!(world.wanted(), "+a.1");
}

#[test]
fn a_wait_for_a_window_ends_after_seven_days() {
    let mut world = World::begun(whole(WINDOW));
    world.after(7 * 86_400 + 8 * 3_600);
    assert_eq!(world.run.status, Status::Terminal);
    assert_eq!(world.reason("a"), "its window did not open within 7 days: give it more hours");
}

#[test]
fn stages_of_a_window_do_not_all_start_at_once() {
    let text = WINDOW.replace(r#""hours""#, r#""jitter": {"min": "1m", "max": "20m"}, "hours""#);
    let mut world = World::begun(whole(&text));
    world.wake();
    let delay = world.now.duration_since(monday("09:30"));
    assert!((60..=1_200).contains(&delay.as_secs()), "{delay}");
    assert_eq!(world.wanted(), "+a.1");
    let mut late = World::waiting(whole(&text));
    late.now = monday("12:00");
    late.ask(Ask::Admit);
    assert_eq!(late.wanted(), "+a.1", "it did not wait for the window, so it delays nobody");
}

#[test]
fn a_condition_is_asked_before_the_window_is_waited_for() {
    let mut world = World::begun(whole(&WINDOW.replace(r#""step""#, r#""when": "x", "step""#)));
    world.report("a", News::Evaluated(Ok(true)));
    assert!(world.is("a", |standing| matches!(standing, Standing::Window { .. })));
    assert_eq!(world.run.next_wake(), Some(monday("09:30")));
}

#[test]
fn what_ends_and_what_fails_in_one_instant_start_nothing() {
    let mut world = World::of(
        r#"{"name": "w", "step": "wait"}, {"name": "g", "needs": [], "timeout": "20m", "step": "x"},
           {"name": "c", "needs": ["w"], "step": "y"}"#,
    );
    world.report("w", News::Started { done_at: Some(monday("08:30")) });
    world.after(20 * 60);
    assert_eq!(world.wanted(), "-g.1", "and in ten minutes nobody waits for its stop any more");
    world.after(10 * 60);
    assert_eq!((world.statuses().as_str(), world.wanted().as_str()), ("w=Succeeded g=Terminal c=NotRun", ""));
}
