//! Jobs: commands apart from the workspace.

use serde_json::json;
use weir_pipeline::Status;

use crate::fixture::{World, reason};

#[tokio::test]
async fn a_job_runs_apart_from_the_workspace_and_its_log_hands_on() {
    let world = World::new().await;
    world.secret("db/password", "open-sesame");
    let stages = "stages:
- {name: Build, step: {run: touch built}}
- name: Migrate
  job:
    run: '[ ! -e built ] && echo SPINNAKER_PROPERTY_ROWS=$ROWS && echo with $PASSWORD'
    env: {ROWS: 17}
    secrets: {PASSWORD: db/password}
- {name: See, needs: [Migrate], variables: [{key: seen, value: '${ rows }'}]}
";
    let run = world.run(stages).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    assert_eq!(run.stage("migrate").unwrap().outputs["rows"], json!("17"));
    assert_eq!(run.stage("see").unwrap().outputs["seen"], json!("17"));
    assert!(!world.everything_kept().contains("open-sesame"));
}

#[tokio::test]
async fn an_image_alone_is_for_clusters() {
    let world = World::new().await;
    let run = world.run("stages:\n- {name: Migrate, job: {image: 'shop:1'}}\n").await;
    assert_eq!(run.status, Status::Terminal);
    assert!(
        reason(&run).ends_with("an image alone is for clusters: a local process needs `run` or `command`"),
        "{}",
        reason(&run)
    );
}
