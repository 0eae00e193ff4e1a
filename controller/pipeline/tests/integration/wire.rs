//! What is written: a run in an object's status, a definition in a file.

use serde_json::json;
use weir_pipeline::definition::{Concurrency, OnFailure, Waiting};
use weir_pipeline::event::News;
use weir_pipeline::{Pipeline, Refusal, Run};

use crate::fixture::{Job, World, monday, whole};

#[test]
fn a_run_is_written_in_a_form_that_later_versions_read() {
    let mut world = World::of(
        r#"{"name": "Build", "step": "x"}, {"name": "Deploy", "timeout": "10m", "step": "y"}, {"name": "C", "step": "z"}"#,
    );
    world.lose("build");
    world.wake();
    world.now = monday("08:01");
    world.succeed("build");
    world.report("deploy", News::Started { done_at: None });
    world.report("deploy", News::Progress("1 of 3".to_owned()));
    let digest = world.run.digest.clone();
    let mut written = serde_json::to_value(&world.run).unwrap();
    let retried = written["stages"][0]["began"].take();
    let expected = json!({
        "version": 1, "id": "run-1", "digest": digest, "status": "Running", "life": 0,
        "created": "2026-11-23T08:00:00Z", "began": "2026-11-23T08:00:00Z",
        "stages": [
            {"id": "build", "standing": {"state": "ended", "status": "Succeeded", "at": "2026-11-23T08:01:00Z"}, "attempt": 2, "failures": 1,
             "began": null, "outputs": {"from": "build"}, "attempts": [
                {"number": 1, "began": "2026-11-23T08:00:00Z", "ended": "2026-11-23T08:00:00Z", "fault": {"blame": "infrastructure", "message": "it broke"}}]},
            {"id": "deploy", "standing": {"state": "running"}, "attempt": 1, "failures": 0,
             "began": "2026-11-23T08:01:00Z", "deadline": "2026-11-23T08:11:00Z", "message": "1 of 3"},
            {"id": "c", "standing": {"state": "waiting"}, "attempt": 0, "failures": 0},
        ],
    });
    assert_eq!(written, expected);
    assert!(retried.as_str().unwrap() > "2026-11-23T08:00:05");
}

#[test]
fn a_run_in_another_form_is_refused_and_left_alone() {
    let mut world = World::of(r#"{"name": "a", "step": "x"}"#);
    world.run.version = 2;
    let before = world.run.clone();
    world.look(&[]);
    assert_eq!((&world.run, &world.actions[..]), (&before, &[][..]));
    assert_eq!(world.refused, [Refusal::Foreign { run: "run-1".to_owned() }]);
    world.run.version = 1;
    world.run.stages.clear();
    world.look(&[]);
    assert_eq!(world.refused.len(), 1, "a status that lost its stages is no run");
    let mut unknown = serde_json::to_value(&before).unwrap();
    unknown["surprise"] = json!(1);
    assert!(serde_json::from_value::<Run>(unknown).is_err());
}

#[test]
fn a_definition_is_read_and_written_with_its_defaults() {
    let pipeline = whole(
        r#"{"concurrency": {"limit": 2, "waiting": "all"}, "timeout": "1h30m",
            "stages": [{"name": "Deploy", "onFailure": "haltBranchThenFail", "always": true, "needs": [], "step": "x"}]}"#,
    );
    assert_eq!(pipeline.concurrency, Concurrency { limit: 2, waiting: Waiting::All });
    assert_eq!(pipeline.stages[0].on_failure, OnFailure::HaltBranchThenFail);
    let written = serde_json::to_value(&pipeline).unwrap();
    assert_eq!(
        written,
        json!({"concurrency": {"limit": 2, "waiting": "all"}, "timeout": "1h30m",
            "stages": [{"name": "Deploy", "onFailure": "haltBranchThenFail", "always": true, "needs": [], "step": "x"}]})
    );
    assert_eq!(serde_json::from_value::<Pipeline<Job>>(written).unwrap(), pipeline);
    let bare = whole(r#"{"stages": [{"name": "a", "step": "x"}]}"#);
    assert_eq!(bare.concurrency, Concurrency { limit: 1, waiting: Waiting::Newest });
    assert_eq!((bare.stages[0].on_failure, bare.stages[0].always), (OnFailure::Halt, false));
}

#[test]
fn the_digest_tells_definitions_apart() {
    let digest = |stages: &str| World::of(stages).run.digest;
    let one = digest(r#"{"name": "a", "step": "x"}"#);
    assert_eq!(
        one,
        digest(r#"{"name": "a", "step": "x", "onFailure": "halt"}"#),
        "a default that is written out"
    );
    assert_ne!(one, digest(r#"{"name": "a", "step": "y"}"#));
    // It must not change with the program: runs that go on would be refused. A new field of a definition is left out where it has its default.
    assert_eq!(one, "36e3877ed41ec30c4c16a20c57b6dee7");
}
