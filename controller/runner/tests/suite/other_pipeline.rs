//! Pipelines that start others.

use serde_json::{Value, json};
use weir_pipeline::event::Ask;
use weir_pipeline::{Pipeline, Status};
use weir_runner::Runner;
use weir_stages::Work;

use crate::fixture::{World, open, over, reason, request};

const START: &str = "stages:\n- {name: Other, pipeline: {name: deploy}}\n";

fn pipeline(spec: &str) -> Pipeline<Work> {
    request(spec, Value::Null).definition
}

fn trigger() -> Value {
    json!({"type": "git", "user": "ann", "repository": "acme/shop", "branch": "main", "commit": "abc1"})
}

#[tokio::test]
async fn the_other_run_is_told_where_it_comes_from_and_ends_the_stage() {
    let world = World::new().await;
    let other = "parameters: [{name: version}]\nstages:\n- name: Look\n  variables:\n  - {key: seen, value: '${ parameters.version } ${ trigger.branch } ${ trigger.user }'}\n";
    world.runner.define("deploy", pipeline(other));
    let start = "stages:\n- {name: Other, pipeline: {name: deploy, parameters: {version: '1.4'}}}\n";
    let id = world.start_by(start, trigger()).await;
    let run = world.over(&id).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    assert_eq!(json!(run.stage("other").unwrap().outputs), json!({"run": "deploy-1", "status": "SUCCEEDED"}));
    let (about, other) = world.runner.get("deploy-1").unwrap().unwrap();
    assert_eq!(other.stage("look").unwrap().outputs["seen"], "1.4 main ann");
    let told = &about.trigger;
    assert_eq!(
        (&told["type"], &told["commit"], &told["repository"]),
        (&json!("pipeline"), &json!("abc1"), &json!("acme/shop"))
    );
    let parent = &told["parentExecution"];
    assert_eq!(
        (&parent["id"], &parent["name"], &parent["status"]),
        (&json!("shop-1"), &json!("shop"), &json!("RUNNING"))
    );
    assert_eq!(about.token.as_deref(), Some("shop-1.other.1"));
}

#[tokio::test]
async fn the_stage_fails_as_the_other_run_does() {
    let world = World::new().await;
    world.runner.define("deploy", pipeline("stages:\n- {name: Fail, step: {run: exit 3}}\n"));
    let told = reason(&world.run(START).await);
    assert!(told.contains(r#"run deploy-1 ended Terminal: stage "Fail" failed: exit code 3"#), "{told}");

    let no_wait = "stages:\n- {name: Other, pipeline: {name: deploy, wait: false}}\n";
    let run = world.run(no_wait).await;
    assert_eq!(
        (run.status, &run.stage("other").unwrap().outputs["run"]),
        (Status::Succeeded, &json!("deploy-2"))
    );

    let none = "stages:\n- {name: Other, pipeline: {name: depoly}}\n";
    let told = reason(&world.run(none).await);
    assert!(told.contains(r#"there is no pipeline "depoly"; there are: deploy"#), "{told}");

    world.runner.define(
        "deploy",
        pipeline(
            "parameters: [{name: size, type: number, required: true}]\nstages:\n- {name: A, wait: 1s}\n",
        ),
    );
    let told = reason(&world.run("stages:\n- {name: Other, pipeline: {name: deploy}}\n").await);
    assert!(told.contains("pipeline \"deploy\" cannot be started: ") && told.contains("size"), "{told}");
}

#[tokio::test]
async fn the_other_run_is_cancelled_with_the_one_that_started_it() {
    let world = World::new().await;
    world.runner.define("deploy", pipeline("stages:\n- {name: Hold, judgment: {}}\n"));
    let id = world.start(START).await;
    world.once(&id, |run| run.stage("other").is_some_and(|stage| stage.message.is_some())).await;
    world.once("deploy-1", |run| run.status == Status::Running).await;
    world.ask(&id, Ask::Cancel { reason: "enough".to_owned(), force: false }).await;
    assert_eq!(world.over(&id).await.status, Status::Canceled);
    let other = world.runner.get("deploy-1").unwrap().unwrap().1;
    assert_eq!(other.status, Status::Canceled);
    assert_eq!(reason(&other), r#"run shop-1 cancelled the run: stage "other" of run shop-1 was stopped"#);
}

async fn judged(runner: &Runner, id: &str) {
    let ask =
        Ask::Judge { stage: "Hold".to_owned(), go_on: true, input: None, reason: None, roles: Vec::new() };
    let command = weir_pipeline::event::Command { by: "ann".to_owned(), life: 0, ask };
    runner.command(id, command).await.unwrap();
}

#[tokio::test]
async fn whoever_takes_over_finds_the_other_run_and_starts_no_second() {
    let world = World::new().await;
    world.runner.define("deploy", pipeline("stages:\n- {name: Hold, judgment: {}}\n"));
    let id = world.start(START).await;
    world.once(&id, |run| run.stage("other").is_some_and(|stage| stage.message.is_some())).await;
    world.once("deploy-1", |run| run.status == Status::Running).await;
    let World { folder, runner } = world;
    runner.close().await;
    // As if it had ended before it kept which run it is: the token tells.
    std::fs::remove_file(folder.path().join("runs/shop-1/stages/other.1/answer.json")).unwrap();
    let definitions = weir_runner::runner::Definitions::default();
    definitions.define("deploy", pipeline("stages:\n- {name: Hold, judgment: {}}\n"));
    let runner =
        crate::fixture::open_with(folder.path().to_owned(), |options| options.definitions = definitions)
            .await;
    judged(&runner, "deploy-1").await;
    assert_eq!(over(&runner, &id).await.status, Status::Succeeded);
    assert!(runner.get("deploy-2").unwrap().is_none());
    runner.close().await;

    let runner = open(folder.path().to_owned()).await;
    assert_eq!(runner.get(&id).unwrap().unwrap().1.status, Status::Succeeded);
}

#[tokio::test]
async fn a_circle_ends() {
    let world = World::new().await;
    let own = "stages:\n- {name: Again, pipeline: {name: shop}}\n";
    world.runner.define("shop", pipeline(own));
    let told = reason(&world.run(own).await);
    assert!(told.contains("it would wait for itself: 1 of the 1 runs of \"shop\""), "{told}");

    let free = "concurrency: {limit: 0}\nstages:\n- {name: Again, pipeline: {name: shop}}\n";
    world.runner.define("shop", pipeline(free));
    let told = reason(&world.run(free).await);
    assert!(told.contains("run shop-3 ended Terminal"), "{told}");
    let deepest = world.runner.get("shop-12").unwrap().unwrap().1;
    assert!(
        reason(&deepest).contains("in a circle: 11 runs led here (shop-2, shop-3"),
        "{}",
        reason(&deepest)
    );
    assert!(world.runner.get("shop-13").unwrap().is_none());
}
