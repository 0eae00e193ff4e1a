//! What a failure means to the others, and how a run ends.

use weir_pipeline::event::{Blame, News, Report};
use weir_pipeline::{Event, Status};

use crate::fixture::{World, failed};

/// Two branches: a -> b, and c; the failure of `a` means what is given.
fn branches(on_failure: &str) -> World {
    World::of(&format!(
        r#"{{"name": "a", "onFailure": "{on_failure}", "step": "x"}}, {{"name": "b", "step": "y"}}, {{"name": "c", "needs": [], "step": "z"}},
           {{"name": "d", "step": "w"}}"#
    ))
}

#[test]
fn halt_stops_everything_else_and_fails_the_run() {
    let mut world = branches("halt");
    world.fail("a");
    assert_eq!(world.wanted(), "-c.1");
    assert_eq!(world.run.status, Status::Running, "it waits until that has stopped");
    world.report("c", News::Stopped);
    assert_eq!(world.statuses(), "a=Terminal b=NotRun c=Canceled d=NotRun");
    assert_eq!(
        (world.run.status, world.run.reason.as_deref()),
        (Status::Terminal, Some("stage \"a\" failed: it broke"))
    );
    assert_eq!(world.reason("c"), "stage \"a\" failed");
    assert_eq!(world.run.ended, Some(world.now));
}

#[test]
fn halt_branch_lets_the_others_end_and_is_no_success() {
    for (on_failure, status) in [("haltBranch", Status::Stopped), ("haltBranchThenFail", Status::Terminal)] {
        let mut world = branches(on_failure);
        world.fail("a");
        assert_eq!((world.wanted().as_str(), world.status("b")), ("+c.1", Status::NotRun));
        assert_eq!(world.reason("b"), "it needs \"a\", which ended Stopped");
        world.succeed("c");
        world.succeed("d");
        assert_eq!(world.statuses(), "a=Stopped b=NotRun c=Succeeded d=Succeeded");
        assert_eq!((world.run.status, world.run.status.is_success()), (status, false));
        assert_eq!(world.run.reason.as_deref(), Some("stage \"a\" failed: it broke"));
    }
}

#[test]
fn an_ignored_failure_lets_what_follows_start_and_can_be_seen_in_the_end() {
    let mut world = branches("ignore");
    world.fail("a");
    assert_eq!(world.wanted(), "+b.1 +c.1");
    for stage in ["b", "c", "d"] {
        world.succeed(stage);
    }
    assert_eq!((world.run.status, world.run.status.spinnaker()), (Status::FailedContinue, "FAILED_CONTINUE"));
    assert_eq!(world.run.reason.as_deref(), Some("stage \"a\" failed, which is ignored: it broke"));
}

#[test]
fn what_a_stage_has_made_is_there_for_the_others_though_it_fails() {
    let mut world = branches("ignore");
    let score = |score: u64| serde_json::Map::from_iter([("score".to_owned(), score.into())]);
    world.report("a", News::Made(score(50)));
    world.report("a", News::Made(score(0)));
    assert_eq!(world.status("a"), Status::Running, "it goes on");
    // Of what is too long nothing is kept.
    world.report(
        "a",
        News::Made(serde_json::Map::from_iter([("log".to_owned(), "x".repeat(1 << 20).into())])),
    );
    world.fail("a");
    assert_eq!((world.status("a"), &world.stage("a").outputs), (Status::FailedContinue, &score(0)));
    world.report("a", News::Made(score(7)));
    assert_eq!(world.stage("a").outputs, score(0), "what comes late changes nothing");
}

#[test]
fn a_join_does_not_start_when_one_of_its_branches_was_halted() {
    let mut world = World::of(
        r#"{"name": "a", "onFailure": "haltBranch", "step": "x"}, {"name": "b", "needs": [], "step": "y"},
           {"name": "join", "needs": ["a", "b"], "step": "z"}, {"name": "after", "step": "w"}"#,
    );
    world.succeed("b");
    world.fail("a");
    assert_eq!(world.statuses(), "a=Stopped b=Succeeded join=NotRun after=NotRun");
    assert_eq!(world.reason("after"), "it needs \"join\", which ended NotRun");
}

#[test]
fn the_events_of_one_look_count_in_their_order() {
    let report = |stage: &str, news| Event::Report(Report { stage: stage.to_owned(), attempt: 1, news });
    let failure = report("a", failed(Blame::Work));
    let success = report("b", News::Succeeded(serde_json::Map::new()));
    for (events, b) in [
        ([success.clone(), failure.clone()], Status::Succeeded),
        // When `a` failed, `b` was asked to stop.
        ([failure, success], Status::Canceled),
    ] {
        let mut world = World::of(r#"{"name": "a", "step": "x"}, {"name": "b", "needs": [], "step": "y"}"#);
        world.look(&events);
        assert_eq!((world.status("b"), world.run.status), (b, Status::Terminal));
    }
}

/// A canary, its analysis, its removal, and the promotion.
const RELEASE: &str = r#"{"name": "Deploy canary", "step": "x"}, {"name": "Analysis", "step": "y"},
    {"name": "Remove canary", "always": true, "step": "z"}, {"name": "Deploy production", "step": "w"}"#;

#[test]
fn clean_up_runs_after_a_failure_and_what_follows_it_does_not() {
    let mut world = World::of(RELEASE);
    world.succeed("deploy-canary");
    world.fail("analysis");
    assert_eq!(world.wanted(), "+remove-canary.1");
    world.succeed("remove-canary");
    assert_eq!(
        world.statuses(),
        "deploy-canary=Succeeded analysis=Terminal remove-canary=Succeeded deploy-production=NotRun"
    );
    assert_eq!(world.run.status, Status::Terminal);
}

#[test]
fn clean_up_does_not_make_good_a_branch_that_was_halted() {
    let mut world =
        World::of(&RELEASE.replace(r#""step": "y""#, r#""onFailure": "haltBranch", "step": "y""#));
    world.succeed("deploy-canary");
    world.fail("analysis");
    world.succeed("remove-canary");
    assert_eq!(world.status("deploy-production"), Status::NotRun);
    assert_eq!(
        world.reason("deploy-production"),
        "it needs what came before \"Remove canary\", which did not end well"
    );
    assert_eq!(world.run.status, Status::Stopped);
}

#[test]
fn clean_up_runs_also_where_nothing_before_it_did() {
    let mut world = World::of(RELEASE);
    world.fail("deploy-canary");
    assert_eq!((world.wanted().as_str(), world.status("analysis")), ("+remove-canary.1", Status::NotRun));
}

#[test]
fn after_success_clean_up_is_a_stage_like_any_other() {
    let mut world = World::of(RELEASE);
    for stage in ["deploy-canary", "analysis", "remove-canary", "deploy-production"] {
        world.succeed(stage);
    }
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn clean_up_that_fails_fails_the_run() {
    let mut world = World::of(RELEASE);
    world.succeed("deploy-canary");
    world.succeed("analysis");
    world.fail("remove-canary");
    assert_eq!((world.run.status, world.status("deploy-production")), (Status::Terminal, Status::NotRun));
}

#[test]
fn clean_up_waits_until_what_it_cleans_has_stopped() {
    let mut world = World::of(RELEASE);
    world.report("deploy-canary", News::Started { done_at: None });
    world.cancel(false);
    assert_eq!(world.wanted(), "-deploy-canary.1");
    world.report("deploy-canary", News::Stopped);
    assert_eq!(world.wanted(), "+remove-canary.1");
    world.succeed("remove-canary");
    assert_eq!((world.run.status, world.status("deploy-canary")), (Status::Canceled, Status::Canceled));
}
