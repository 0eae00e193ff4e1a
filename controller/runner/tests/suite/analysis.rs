//! Analyses by the program that judges, on answers of a store as Prometheus gives them.

use std::io::Write;

use serde_json::{Value, json};
use weir_pipeline::Status;
use weir_pipeline::event::Blame;

use crate::fixture::{World, keeper, reason, stages};
use crate::server::{Asked, Server, json};

/// What has been: a minute, of which there is a sample every five seconds.
const TIMES: &str = "start: '2026-01-02T03:00:00Z', end: '2026-01-02T03:01:00Z', step: 5s";
const BEGINS: i64 = 1_767_322_800;
/// As it is stored, in one line.
const CONFIG: &str = r#"{"metrics": [{"name": "duration", "groups": ["g"], "scopeName": "default", "query": {"type": "prometheus", "metricName": "m", "customFilterTemplate": "f"}, "analysisConfigurations": {"canary": {"direction": "increase", "critical": true}}}], "templates": {"f": "pod=\"${scope}\""}, "classifier": {"groupWeights": {"g": 100}}}"#;

fn is_built() -> bool {
    let is_built = keeper().with_file_name("weir").exists();
    if !is_built {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: weir is not built beside the tests (cargo build --workspace --bins)"
        );
    }
    is_built
}

fn stage(fields: &str) -> String {
    format!(
        "stages:\n- name: Analysis\n  retries: {{limit: 0}}\n  onFailure: ignore\n  analysis: {{control: {{scope: old}}, experiment: {{scope: '${{ trigger.canary }}'}}, {TIMES}, {fields}}}\n- {{name: After, when: score < 50, wait: 1ms}}\n"
    )
}

/// A Prometheus in which `old` takes 100 ms, `slow` 300 ms, and nobody knows any other one.
async fn prometheus() -> Server {
    Server::new(|_, asked: &Asked| {
        let mean = if asked.path.contains("old") {
            Some(100)
        } else if asked.path.contains("slow") {
            Some(300)
        } else {
            None
        };
        let value = |mean: i64, step: i64| json!([BEGINS + 5 * step, (mean + step % 7).to_string()]);
        let series = mean.map(
            |mean| json!({"metric": {}, "values": (0..13).map(|step| value(mean, step)).collect::<Vec<_>>()}),
        );
        let data = json!({"resultType": "matrix", "result": series.into_iter().collect::<Vec<Value>>()});
        json(200, &json!({"status": "success", "data": data}))
    })
    .await
}

async fn judged(world: &World, fields: &str, canary: &str) -> (std::sync::Arc<weir_pipeline::Run>, Value) {
    let id = world.start_by(&stage(fields), json!({"type": "manual", "user": "ann", "canary": canary})).await;
    let run = world.over(&id).await;
    let kept = world.folder.path().join(format!("runs/{id}/artifacts/analysis/report.json"));
    let report = std::fs::read(kept).map(|bytes| serde_json::from_slice(&bytes).unwrap()).unwrap_or_default();
    (run, report)
}

#[tokio::test]
async fn a_score_passes_or_fails_the_stage_and_is_there_for_what_follows() {
    if !is_built() {
        return;
    }
    let (server, world) = (prometheus().await, World::new().await);
    let fields = format!("config: {CONFIG}, metrics: {{url: '{}'}}", server.url);
    let (run, report) = judged(&world, &fields, "old").await;
    assert_eq!(stages(&run), "analysis Succeeded, after Skipped", "{run:#?}");
    let outputs = &run.stage("analysis").unwrap().outputs;
    assert_eq!((&outputs["score"], &outputs["classification"]), (&json!(100.0), &json!("Pass")));
    assert_eq!(
        report["canaryExecutionResults"][0]["canaryExecutionRequest"]["scopes"]["default"]["experimentScope"]
            ["scope"],
        "old"
    );
    assert!(server.lines()[0].contains("pod%3D%22old%22"), "its filter is the judge's: {:?}", server.lines());

    let (run, report) = judged(&world, &fields, "slow").await;
    assert_eq!(stages(&run), "analysis FailedContinue, after Succeeded", "{run:#?}");
    let told = run.stage("analysis").unwrap().standing.end().unwrap().reason.clone();
    assert!(told.contains("Fail, score 0 at judgement 1") && told.contains("duration is High"), "{told}");
    assert_eq!(report["didPassThresholds"], false);

    let (run, _) = judged(&world, &fields, "new").await;
    let told = run.stage("analysis").unwrap().standing.end().unwrap().reason.clone();
    assert!(
        told.contains("duration is Nodata: Missing data for duration")
            && told.contains("the store was asked for avg(m{pod=\"new\"})"),
        "{told}"
    );
}

#[tokio::test]
async fn what_opens_a_store_is_in_no_log_and_on_no_disk_afterwards() {
    if !is_built() {
        return;
    }
    let (server, world) = (prometheus().await, World::new().await);
    world.secret("one/url", &server.url);
    world.secret("one/token", "squeamish");
    world.secret("two/url", &server.url);
    world.secret("two/username", "robin");
    world.secret("two/password", "ossifrage");
    let list = format!("sources: [{{name: all, type: prometheus, url: '{}', tokenFile: opens}}]", server.url);
    world.secret("three/sources.yaml", &list);
    world.secret("three/opens", "squeamish");
    for (secret, expected) in
        [("one", "Bearer squeamish"), ("two", "Basic cm9iaW46b3NzaWZyYWdl"), ("three", "Bearer squeamish")]
    {
        let fields = format!("config: {CONFIG}, metrics: {{secret: {secret}}}");
        let (run, _) = judged(&world, &fields, "old").await;
        assert_eq!(run.status, Status::Succeeded, "{secret}: {run:#?}");
        assert_eq!(server.asked().last().unwrap().header("authorization"), expected, "{secret}");
    }
    let kept = world.everything_kept();
    assert!(!kept.contains("squeamish") && !kept.contains("ossifrage"), "{kept}");
}

#[tokio::test]
async fn what_cannot_be_judged_says_what_is_missing() {
    if !is_built() {
        return;
    }
    let world = World::new().await;
    world.secret("empty/token", "x");
    for (fields, expected, blame) in [
        (
            "config: canary/response.json, metrics: {url: 'http://127.0.0.1:1'}".to_owned(),
            "there is no canary/response.json in the workspace",
            Blame::Work,
        ),
        (
            format!("config: {CONFIG}, metrics: {{sources: canary/sources.yaml}}"),
            "there is no canary/sources.yaml in the workspace",
            Blame::Work,
        ),
        (
            format!("config: {CONFIG}, metrics: {{secret: empty}}"),
            "has neither `url` nor sources.yaml",
            Blame::Work,
        ),
        (format!("config: {CONFIG}, metrics: {{secret: none}}"), "none", Blame::Work),
        // Nothing that the canary did: it may answer another time.
        (
            format!("config: {CONFIG}, metrics: {{url: 'http://127.0.0.1:1'}}"),
            "cannot be asked",
            Blame::Infrastructure,
        ),
    ] {
        let spec = stage(&fields).replace("  onFailure: ignore\n", "");
        let id = world.start_by(&spec, json!({"type": "manual", "user": "ann", "canary": "old"})).await;
        let run = world.over(&id).await;
        let told = reason(&run);
        assert!(told.contains(expected), "{expected}: {told}");
        let faults: Vec<Blame> = run
            .stage("analysis")
            .unwrap()
            .attempts
            .iter()
            .filter_map(|past| past.fault.as_ref())
            .map(|fault| fault.blame)
            .collect();
        assert_eq!(faults, [blame], "{told}");
    }
}
