//! Another attempt: of the infrastructure's failures unasked, of the work's only where it was asked for.

use weir_pipeline::Status;
use weir_pipeline::event::{Ask, Blame, News};
use weir_pipeline::run::Standing;

use crate::fixture::{World, failed};

#[test]
fn the_infrastructure_is_forgiven_three_times_with_growing_waits() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}, {"name": "b", "step": "y"}"#);
    for (attempt, whole) in [(1_u32, 10), (2, 20), (3, 40)] {
        let began = world.now;
        world.lose("a");
        assert!(world.is("a", |standing| matches!(standing, Standing::BackingOff { .. })));
        assert_eq!(world.wanted(), "");
        world.wake();
        let waited = world.now.duration_since(began).as_millis();
        assert!((whole * 500..=whole * 1_000).contains(&waited), "{attempt}: {waited} ms");
        assert_eq!(world.wanted(), format!("+a.{}", attempt + 1), "another attempt has another key");
    }
    world.lose("a");
    assert_eq!(world.statuses(), "a=Terminal b=NotRun");
    let attempts = world.stage("a").attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[test]
fn a_failure_of_the_work_is_final_unless_retries_were_asked_for() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.fail("a");
    assert_eq!(world.run.status, Status::Terminal);
    let mut world = World::of(r#"{"name": "a", "retries": {"limit": 1, "on": "any"}, "step": "x"}"#);
    world.fail("a");
    world.wake();
    assert_eq!(world.wanted(), "+a.2");
    world.succeed("a");
    assert_eq!((world.run.status, world.stage("a").failures), (Status::Succeeded, 1));
    let fault = world.stage("a").attempts[0].fault.clone().unwrap();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Work, "it broke"));
}

#[test]
fn retries_can_be_turned_off() {
    let mut world = World::of(r#"{"name": "a", "retries": {"limit": 0}, "step": "x"}"#);
    world.lose("a");
    assert_eq!(world.run.status, Status::Terminal);
}

#[test]
fn a_late_report_of_a_lost_attempt_does_not_count_for_the_next_one() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.lose("a");
    let late = |news| {
        use weir_pipeline::Event;
        use weir_pipeline::event::Report;
        Event::Report(Report { stage: "a".to_owned(), attempt: 1, news })
    };
    world.look(&[late(News::Succeeded(serde_json::Map::new()))]);
    assert!(world.is("a", |standing| matches!(standing, Standing::BackingOff { .. })));
    world.wake();
    world.look(&[late(failed(Blame::Work))]);
    assert_eq!(world.wanted(), "+a.2");
}

#[test]
fn nobody_has_to_wait_for_a_retry() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.lose("a");
    world.ask(Ask::SkipWait { stage: "a".to_owned() });
    assert_eq!(world.wanted(), "+a.2");
}

#[test]
fn a_halted_run_tries_nothing_again() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}, {"name": "b", "needs": [], "step": "y"}"#);
    world.lose("a");
    world.fail("b");
    assert_eq!(world.statuses(), "a=Canceled b=Terminal");
    assert_eq!(world.run.status, Status::Terminal);
}

#[test]
fn work_that_was_stopped_by_nobody_of_ours_is_tried_again() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.report("a", News::Started { done_at: None });
    world.report("a", News::Stopped);
    world.wake();
    assert_eq!(world.wanted(), "+a.2");
}
