//! Freezes: what they hold, for how long, and who gets through.

use serde_json::json;
use weir_pipeline::event::{Ask, News};
use weir_pipeline::run::Standing;
use weir_pipeline::{Hold, Status};

use crate::fixture::{World, monday, whole};

fn hold(name: &str, until: Option<&str>) -> Hold {
    let text = str::to_owned;
    Hold { freeze: text(name), reason: text("books"), owner: text("finance"), until: until.map(monday) }
}

fn thaw(stage: &str, reason: &str) -> Ask {
    Ask::Thaw { stage: stage.to_owned(), reason: reason.to_owned() }
}

/// A test, a deployment and a clean-up that changes what runs, while a freeze is in force.
fn frozen(rest: &str) -> World {
    let mut world = World::waiting(whole(&format!(
        r#"{{{rest} "stages": [{{"name": "test", "step": "x"}}, {{"name": "prod", "deploy": "x"}}, {{"name": "tidy", "always": true, "deploy": "x"}}]}}"#
    )));
    world.holds = vec![hold("year-end", Some("20:00"))];
    world.ask(Ask::Admit);
    world
}

#[test]
fn what_changes_nothing_goes_on_and_what_does_begins_by_itself_afterwards() {
    let mut world = frozen("");
    assert_eq!(world.wanted(), "+test.1");
    world.succeed("test");
    assert_eq!((world.wanted().as_str(), world.status("prod")), ("", Status::Running));
    let shown = json!(world.stage("prod").standing);
    assert_eq!(
        shown["by"],
        json!([{"freeze": "year-end", "reason": "books", "owner": "finance", "until": "2026-11-23T20:00:00Z"}])
    );
    assert_eq!(world.run.next_wake(), Some(monday("20:00")));
    // Another one has come meanwhile, and holds on.
    world.now = monday("20:00");
    world.holds = vec![hold("audit", Some("22:00"))];
    world.look(&[]);
    assert_eq!((world.wanted().as_str(), world.run.next_wake()), ("", Some(monday("22:00"))));
    world.now = monday("22:00");
    world.holds.clear();
    world.look(&[]);
    assert_eq!((world.wanted().as_str(), world.stage("prod").began), ("+prod.1", Some(monday("22:00"))));
    // One that begins now does not stop it, nor keep it from being tried again.
    world.holds = vec![hold("year-end", None)];
    world.lose("prod");
    world.wake();
    assert_eq!(world.wanted(), "+prod.2");
}

#[test]
fn clean_up_is_not_held() {
    let mut world = frozen("");
    world.fail("test");
    assert_eq!(world.wanted(), "+tidy.1");
    world.ask(thaw("tidy", "now"));
    assert!(world.refusal().contains("is never held by a freeze"), "{}", world.refusal());
}

#[test]
fn the_time_of_the_run_stands_still_while_a_freeze_holds_it() {
    let mut world = frozen(r#""timeout": "1h","#);
    world.after(1_800);
    world.succeed("test");
    world.now = monday("20:00");
    world.holds.clear();
    world.look(&[]);
    assert_eq!((world.wanted().as_str(), world.run.deadline), ("+prod.1", Some(monday("20:30"))));
    world.wake();
    assert_eq!(world.wanted(), "-prod.1", "the rest of the hour is over");
}

#[test]
fn somebody_lets_a_stage_through_with_a_reason_and_it_is_kept() {
    let mut world = frozen("");
    world.ask(thaw("prod", " "));
    assert!(world.refusal().contains("give a reason why it cannot wait"), "{}", world.refusal());
    world.ask(thaw("test", "now"));
    assert!(world.refusal().contains("is never held by a freeze"), "{}", world.refusal());
    world.succeed("test");
    world.after(60);
    world.ask(thaw("prod", "the shop is down"));
    assert_eq!(world.wanted(), "+prod.1");
    let expected = json!({"by": "ada", "at": "2026-11-23T08:01:00Z", "reason": "the shop is down", "freezes": ["year-end"]});
    assert_eq!(json!(world.stage("prod").thaw), expected);
    world.ask(thaw("prod", "again"));
    assert!(world.refusal().ends_with("is Running: only what has not begun is held"), "{}", world.refusal());
    world.fail("prod");
    world.succeed("tidy");
    world.ask(Ask::Restart { stage: "prod".to_owned() });
    assert!(world.is("prod", |standing| matches!(standing, Standing::Frozen { .. })), "a restart asks anew");
    assert_eq!(json!(world.stage("prod").attempts[0].thaw), expected);
}

#[test]
fn a_stage_may_be_let_through_before_its_turn_and_only_where_something_holds_it() {
    let mut world = frozen("");
    world.ask(thaw("prod", "the shop is down"));
    world.ask(thaw("prod", "the shop is down"));
    assert!(world.refusal().ends_with("is let through already"), "{}", world.refusal());
    world.succeed("test");
    assert_eq!(world.wanted(), "+prod.1");
    let mut world = frozen("");
    world.holds.clear();
    world.ask(thaw("prod", "the shop is down"));
    assert!(world.refusal().ends_with("is held by no freeze"), "{}", world.refusal());
}

#[test]
fn a_window_counts_beside_a_freeze_and_cancelling_and_pausing_end_and_hold_what_is_frozen() {
    let stages = r#""windows": {"night": {"hours": ["21:00-22:00"]}}, "stages": [{"name": "prod", "window": "night", "deploy": "x"}]"#;
    let mut world = World::waiting(whole(&format!("{{{stages}}}")));
    world.ask(Ask::Admit);
    world.holds = vec![hold("year-end", None)];
    world.ask(Ask::SkipWait { stage: "prod".to_owned() });
    assert!(world.refusal().contains("is held by a freeze, too"), "{}", world.refusal());
    world.wake();
    assert!(world.is("prod", |standing| matches!(standing, Standing::Frozen { .. })), "the window is open");
    world.now = monday("23:00");
    world.ask(Ask::Pause);
    world.holds.clear();
    world.look(&[]);
    assert!(world.is("prod", |standing| matches!(standing, Standing::Frozen { .. })), "nobody looks");
    world.ask(Ask::Resume);
    assert!(world.is("prod", |standing| matches!(standing, Standing::Window { .. })), "it is closed again");
    world.holds = vec![hold("year-end", None)];
    world.wake();
    world.cancel(false);
    assert_eq!((world.run.status, world.status("prod")), (Status::Canceled, Status::NotRun));
    world.report("prod", News::Stopped);
    assert_eq!(world.run.frozen_since, None);
}
