//! Runs after runs.

use serde_json::json;
use weir_pipeline::Status;

use crate::triggered::{FAILS, NOTHING, Triggered, file, until};

async fn started(world: &Triggered, name: &str) -> String {
    let defined = world.triggers.defined();
    let one = defined.iter().find(|one| one.name == name).unwrap();
    let request = weir_runner::Request {
        pipeline: name.to_owned(),
        definition: one.pipeline.clone(),
        trigger: json!({"type": "manual", "user": "ann", "properties": {"version": "1.4"}}),
        parameters: serde_json::Map::new(),
        manual: true,
        token: None,
    };
    world.runner.start(request).await.unwrap()
}

async fn world(a: &str, b: &str) -> Triggered {
    let (a, b) = (file("a", "", a), file("b", b, NOTHING));
    let world = Triggered::new(&[("a.yaml", a), ("b.yaml", b)]).await;
    assert_eq!(world.problems, []);
    world
}

#[tokio::test]
async fn one_starts_once_after_the_other() {
    let world = world(NOTHING, "{pipeline: {name: a}}").await;
    let id = started(&world, "a").await;
    world.over(&id).await;
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1", "b-1"]);
    assert_eq!(world.over("b-1").await.status, Status::Succeeded);
    let trigger = world.trigger("b-1");
    assert_eq!((&trigger["parentPipeline"], &trigger["parentPipelineId"]), (&json!("a"), &json!("a-1")));
    assert_eq!(trigger["properties"]["version"], json!("1.4"));
    let world = world.again().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1", "b-1"]);
}

#[tokio::test]
async fn who_was_away_starts_it_then_also_where_it_was_not_stored() {
    let world = world(NOTHING, "{pipeline: {name: a}}").await;
    world.triggers.look().await;
    let kept = std::fs::read(world.state()).unwrap();
    let id = started(&world, "a").await;
    world.over(&id).await;
    let world = world.again().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1", "b-1"]);
    world.over("b-1").await;
    let folder = world.close().await;
    std::fs::write(folder.path().join("triggers.json"), kept).unwrap();
    let mut world = Triggered::open(folder).await;
    world.serve().await;
    let id = started(&world, "a").await;
    world.over(&id).await;
    until("the second one has been seen", || world.runs().contains(&"b-2".to_owned())).await;
    assert_eq!(world.runs(), ["a-1", "a-2", "b-1", "b-2"]);
    assert_eq!(world.trigger("b-2")["parentPipelineId"], json!("a-2"));
}

#[tokio::test]
async fn a_failure_starts_only_who_wants_failures() {
    let world = world(FAILS, "{pipeline: {name: a}}").await;
    let id = started(&world, "a").await;
    assert_eq!(world.over(&id).await.status, Status::Terminal);
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1"]);
    world.write("b.yaml", &file("b", "{pipeline: {name: a, statuses: [failed]}}", NOTHING));
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1"], "what has ended before is not told again");
    let id = started(&world, "a").await;
    world.over(&id).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["a-1", "a-2", "b-1"]);
}
