//! From the first stage to the last.

use serde_json::json;
use weir_pipeline::Status;
use weir_pipeline::event::Ask;

use crate::fixture::{World, reason, stages};

#[tokio::test]
async fn stages_share_a_workspace_and_hand_values_on() {
    let world = World::new().await;
    let run = world
        .run(
            r#"
stages:
- name: Make
  step:
    run: |
      echo "made by $WEIR_RUN in ${PWD##*/}" > made
      echo "version=1.4" >> "$WEIR_OUTPUT"
- name: Look
  when: version == '1.4'
  step:
    run: test "$(cat made)" = "made by shop-1 in workspace" && test "$VERSION" = v1.4 && test "$USER_OF" = ann
    env: {VERSION: "v${ version }", USER_OF: "${ trigger.user }"}
- name: Never
  when: version == '2'
  step: {command: ["false"]}
- name: Values
  variables:
  - {key: a, value: "${ version }-a"}
  - {key: b, value: ["${ a }", 3]}
- name: Check
  preconditions:
  - expression: "${ #stage('Look')['status'].toString() == 'SUCCEEDED' }"
  - {stage: Never, status: Skipped}
  - expression: b[1] == 3
"#,
        )
        .await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    assert_eq!(
        stages(&run),
        "make Succeeded, look Succeeded, never Skipped, values Succeeded, check Succeeded"
    );
    assert_eq!(json!(run.stage("values").unwrap().outputs), json!({"a": "1.4-a", "b": ["1.4-a", 3]}));
}

#[tokio::test]
async fn a_failure_says_which_stage_and_why_and_clean_up_runs() {
    let world = World::new().await;
    let run = world
        .run(
            r#"
stages:
- {name: Test, step: {run: "echo 'expected 3, got 4' >&2; exit 3"}}
- {name: Deploy, step: {run: "true"}}
- {name: Clean up, always: true, needs: [Test], step: {run: touch cleaned}}
"#,
        )
        .await;
    assert_eq!(run.status, Status::Terminal);
    assert_eq!(reason(&run), r#"stage "Test" failed: exit code 3: expected 3, got 4"#);
    assert_eq!(stages(&run), "test Terminal, deploy NotRun, clean-up Succeeded");
    assert!(world.runner.store().workspace("shop-1").join("cleaned").exists());
}

#[tokio::test]
async fn a_run_that_is_cancelled_leaves_no_process() {
    let world = World::new().await;
    let id = world
        .start("stages:\n- name: Hang\n  step:\n    run: trap '' TERM; echo $$ > pid; touch up; while :; do sleep 1; done\n")
        .await;
    let up = world.runner.store().workspace(&id).join("up");
    while !up.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    world.ask(&id, Ask::Cancel { reason: "enough".to_owned(), force: false }).await;
    let run = world.over(&id).await;
    assert_eq!((run.status, reason(&run)), (Status::Canceled, "ann cancelled the run: enough".to_owned()));
    let pid = std::fs::read_to_string(world.runner.store().workspace(&id).join("pid")).unwrap();
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists());
}

#[tokio::test]
async fn one_run_at_a_time_and_the_newest_is_next() {
    let world = World::new().await;
    let wait = "stages:\n- {name: Hold, judgment: {}}\n";
    let first = world.start(wait).await;
    let second = world.start(wait).await;
    let third = world.start(wait).await;
    let superseded = world.over(&second).await;
    assert_eq!(superseded.status, Status::Canceled);
    assert!(reason(&superseded).contains(&third), "{superseded:?}");
    assert_eq!(world.runner.get(&third).unwrap().unwrap().1.status, Status::NotStarted);
    let go_on =
        |go_on| Ask::Judge { stage: "Hold".to_owned(), go_on, input: None, reason: None, roles: Vec::new() };
    world.once(&first, |run| stages(run) == "hold Running").await;
    world.ask(&first, go_on(true)).await;
    assert_eq!(world.over(&first).await.status, Status::Succeeded);
    world.once(&third, |run| stages(run) == "hold Running").await;
    world.ask(&third, go_on(false)).await;
    assert_eq!(world.over(&third).await.status, Status::Terminal);
}

#[tokio::test]
async fn an_expression_without_a_value_fails_its_stage_and_is_named() {
    let world = World::new().await;
    let run = world.run("stages:\n- name: A\n  step: {run: 'true', env: {B: '${ trigger.brnch }'}}\n").await;
    assert!(reason(&run).contains(r#"no key "brnch" in trigger"#), "{}", reason(&run));
}
