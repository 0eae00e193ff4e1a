//! `SonarQube`'s gates, by its answers.

use serde_json::json;
use weir_pipeline::Status;

use crate::fixture::{World, reason};
use crate::server::{Server, json};

fn pipeline(server: &str, more: &str) -> String {
    format!(
        "stages:
- name: Scan
  step:
    run: |
      for v in v1 v2; do
        mkdir -p api/$v/.scannerwork
        printf 'projectKey=shop:%s\\nserverUrl={server}\\nceTaskId=T%s\\n' $v $v > api/$v/.scannerwork/report-task.txt
      done
- name: Gate
  gate: {{sonar: {{server: '{server}', secret: sonar, {more}}}}}
"
    )
}

/// A `SonarQube` whose second project has this status; its tasks are done at the second question.
async fn sonar(status: &'static str) -> Server {
    Server::new(move |times, asked| {
        assert_eq!(asked.header("authorization"), "Bearer squ_secret");
        let version = if asked.path.contains("v1") { "v1" } else { "v2" };
        if asked.path.starts_with("/api/ce/task?id=T") {
            let task = json!({"id": "T", "status": if times == 0 { "PENDING" } else { "SUCCESS" }, "analysisId": format!("A-{version}")});
            return json(200, &json!({"task": task}));
        }
        assert!(asked.path.starts_with("/api/qualitygates/project_status?analysisId=A-v"), "{}", asked.path);
        let status = if version == "v1" { "OK" } else { status };
        let condition = json!({"status": status, "metricKey": "coverage", "comparator": "LT", "errorThreshold": "92", "actualValue": "91.3"});
        json(200, &json!({"projectStatus": {"status": status, "conditions": [condition]}}))
    })
    .await
}

#[tokio::test]
async fn the_gate_of_each_project_is_asked_for_by_its_analysis_and_any_that_fails_fails_the_stage() {
    let server = sonar("OK").await;
    let world = World::new().await;
    world.secret("sonar/token", "squ_secret");
    let run = world.run(&pipeline(&server.url, "")).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    assert_eq!(run.stage("gate").unwrap().outputs["verdict"], "OK");
    assert_eq!(server.lines().len(), 5, "a task that waits is asked about again: {:?}", server.lines());

    let server = sonar("ERROR").await;
    let run = world.run(&pipeline(&server.url, "")).await;
    let told = reason(&run);
    assert!(
        told.contains("Gate\" failed: the quality gate is not passed: ") && told.contains("coverage"),
        "{told}"
    );
    assert!(!format!("{run:?}").contains("squ_secret"));
}

#[tokio::test]
async fn a_gate_that_cannot_be_asked_for_is_none_that_is_passed() {
    let server = sonar("OK").await;
    let world = World::new().await;
    world.secret("sonar/token", "squ_secret");
    for (spec, why) in [
        (
            pipeline("http://127.0.0.1:1", "")
                .replace("server: 'http://127.0.0.1:1'", &format!("server: '{}'", server.url)),
            "was scanned for",
        ),
        (pipeline(&server.url, "reports: ['none/*.txt']"), "no scanner left a file that matches none/*.txt"),
        (
            pipeline(&server.url, "").replace(&format!("server: '{}', ", server.url), ""),
            "nobody says which SonarQube",
        ),
    ] {
        let told = reason(&world.run(&spec).await);
        assert!(told.contains(why), "{told}");
    }
}
