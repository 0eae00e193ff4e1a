//! Stages that are made of stages.

use weir_pipeline::Status;
use weir_pipeline::event::{Ask, News};

use crate::fixture::World;

const ALL: &str = r#"{"name": "deploy", "group": {"acts": true,
    "before": [{"name": "bake", "step": "x"}, {"name": "scan", "needs": [], "step": "y"}],
    "after": [{"name": "verify", "step": "z"}],
    "recover": [{"name": "roll back", "step": "w"}]}}, {"name": "next", "step": "v"}"#;

#[test]
fn children_run_before_and_after_the_own_work_of_their_parent() {
    let mut world = World::of(ALL);
    assert_eq!(
        (world.wanted().as_str(), world.status("deploy")),
        ("+deploy.bake.1 +deploy.scan.1", Status::Running)
    );
    world.succeed("deploy.bake");
    world.succeed("deploy.scan");
    assert_eq!(world.wanted(), "+deploy.1");
    world.succeed("deploy");
    assert_eq!(world.wanted(), "+deploy.verify.1");
    world.succeed("deploy.verify");
    assert_eq!((world.wanted().as_str(), world.status("deploy.roll-back")), ("+next.1", Status::NotRun));
    assert_eq!(world.stage("deploy").outputs["from"], "deploy");
    world.succeed("next");
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn a_child_that_fails_halts_its_siblings_and_then_its_parent() {
    let mut world = World::of(ALL);
    world.fail("deploy.bake");
    assert_eq!(world.wanted(), "-deploy.scan.1");
    world.report("deploy.scan", News::Stopped);
    assert_eq!(world.wanted(), "+deploy.roll-back.1", "what was left half done is put right");
    assert_eq!(world.status("deploy"), Status::Running);
    world.succeed("deploy.roll-back");
    assert_eq!(
        (world.status("deploy"), world.reason("deploy")),
        (Status::Terminal, "\"bake\" in it failed: it broke")
    );
    assert_eq!((world.status("deploy.verify"), world.run.status), (Status::NotRun, Status::Terminal));
}

#[test]
fn the_parent_s_own_rule_decides_what_its_failure_means() {
    let mut world =
        World::of(&ALL.replace(r#""name": "deploy","#, r#""name": "deploy", "onFailure": "ignore","#));
    world.fail("deploy.bake");
    world.report("deploy.scan", News::Stopped);
    world.fail("deploy.roll-back");
    assert_eq!((world.status("deploy"), world.wanted().as_str()), (Status::FailedContinue, "+next.1"));
    assert_eq!(
        world.reason("deploy"),
        "\"bake\" in it failed: it broke; \"roll back\" failed as well: it broke"
    );
}

#[test]
fn own_work_that_fails_is_recovered_from() {
    let mut world = World::of(ALL);
    world.succeed("deploy.bake");
    world.succeed("deploy.scan");
    world.fail("deploy");
    assert_eq!(
        (world.wanted().as_str(), world.status("deploy.verify")),
        ("+deploy.roll-back.1", Status::NotRun)
    );
}

/// In Spinnaker the siblings of such a child do not run, unless they are marked.
#[test]
fn an_ignored_failure_of_a_child_lets_its_siblings_go_on_and_marks_the_parent() {
    let mut world = World::of(
        r#"{"name": "group", "group": {"before": [{"name": "a", "onFailure": "ignore", "step": "x"}, {"name": "b", "step": "y"}]}},
           {"name": "next", "step": "z"}"#,
    );
    world.fail("group.a");
    assert_eq!(world.wanted(), "+group.b.1");
    world.succeed("group.b");
    assert_eq!((world.status("group"), world.wanted().as_str()), (Status::FailedContinue, "+next.1"));
}

#[test]
fn a_child_that_halts_its_branch_stops_the_parent_s() {
    for (rule, status) in [("haltBranch", Status::Stopped), ("haltBranchThenFail", Status::Terminal)] {
        let mut world = World::of(&format!(
            r#"{{"name": "group", "group": {{"before": [{{"name": "a", "onFailure": "{rule}", "step": "x"}}]}}}},
               {{"name": "next", "step": "z"}}"#
        ));
        world.fail("group.a");
        assert_eq!(world.statuses(), "group=Stopped group.a=Stopped next=NotRun");
        assert_eq!(world.run.status, status);
    }
}

#[test]
fn a_group_without_anything_in_it_is_skipped() {
    let mut world = World::of(r#"{"name": "group", "group": {}}, {"name": "next", "step": "z"}"#);
    assert_eq!((world.status("group"), world.wanted().as_str()), (Status::Skipped, "+next.1"));
    world.succeed("next");
    assert_eq!(world.run.status, Status::Succeeded);
}

#[test]
fn clean_up_among_children_runs_where_their_parent_is_cancelled() {
    let mut world = World::of(
        r#"{"name": "roll", "group": {"before": [{"name": "pin", "step": "x"}, {"name": "grow", "step": "y"}],
            "after": [{"name": "unpin", "always": true, "step": "z"}]}}"#,
    );
    world.succeed("roll.pin");
    world.cancel(false);
    assert_eq!(world.wanted(), "-roll.grow.1");
    world.report("roll.grow", News::Stopped);
    assert_eq!(world.wanted(), "+roll.unpin.1");
    world.succeed("roll.unpin");
    assert_eq!(world.statuses(), "roll=Canceled roll.pin=Succeeded roll.grow=Canceled roll.unpin=Succeeded");
}

#[test]
fn clean_up_among_children_waits_for_the_work_of_their_parent() {
    let mut world = World::of(
        r#"{"name": "roll", "group": {"acts": true, "after": [{"name": "unpin", "always": true, "step": "z"}]}}"#,
    );
    world.report("roll", News::Started { done_at: None });
    world.cancel(false);
    assert_eq!(world.wanted(), "-roll.1");
    world.report("roll", News::Stopped);
    assert_eq!(world.wanted(), "+roll.unpin.1");
    world.cancel(true);
    world.report("roll.unpin", News::Stopped);
    assert_eq!(world.statuses(), "roll=Canceled roll.unpin=Canceled");
}

#[test]
fn the_timeout_of_a_group_is_for_all_of_it() {
    let mut world = World::of(
        r#"{"name": "group", "timeout": "10m", "group": {"before": [{"name": "a", "step": "x"}, {"name": "b", "step": "y"}]}}"#,
    );
    world.after(300);
    world.succeed("group.a");
    world.after(300);
    assert_eq!(world.wanted(), "-group.b.1");
    world.report("group.b", News::Stopped);
    assert_eq!(world.statuses(), "group=Terminal group.a=Succeeded group.b=Canceled");
    assert_eq!(world.reason("group"), "it took longer than its timeout, which is 10m");
}

#[test]
fn a_group_can_be_skipped_with_everything_in_it() {
    let mut world = World::of(ALL);
    world.ask(Ask::Skip { stage: "deploy".to_owned() });
    assert_eq!(world.wanted(), "-deploy.bake.1 -deploy.scan.1");
    world.report("deploy.bake", News::Stopped);
    world.report("deploy.scan", News::Stopped);
    assert_eq!((world.status("deploy"), world.wanted().as_str()), (Status::Skipped, "+next.1"));
}

#[test]
fn groups_may_be_in_groups() {
    let mut world = World::of(
        r#"{"name": "a", "group": {"before": [{"name": "b", "group": {"before": [{"name": "c", "step": "x"}]}}]}}"#,
    );
    assert_eq!(world.wanted(), "+a.b.c.1");
    world.fail("a.b.c");
    assert_eq!(world.statuses(), "a=Terminal a.b=Terminal a.b.c=Terminal");
}
