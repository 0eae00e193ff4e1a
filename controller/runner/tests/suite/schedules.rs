//! Schedules.

use serde_json::{Value, json};

use crate::triggered::{NOTHING, Triggered, file, until};

/// Puts the times at which schedules were looked at back, as if nobody had looked for so long.
fn away_since(folder: &std::path::Path, then: &str) {
    let path = folder.join("triggers.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for at in state["looked"].as_object_mut().unwrap().values_mut() {
        *at = json!(then);
    }
    std::fs::write(&path, state.to_string()).unwrap();
}

#[tokio::test]
async fn one_run_makes_up_for_all_times_that_nobody_looked() {
    let yearly = "{cron: {schedule: '0 0 1 1 *'}, parameters: {from: cron}}";
    let spec = format!("parameters: [{{name: from}}]\n  {NOTHING}");
    let world = Triggered::new(&[("shop.yaml", file("shop", yearly, &spec))]).await;
    assert_eq!(world.problems, []);
    world.triggers.look().await;
    assert_eq!(world.runs(), [""; 0], "a schedule that is new is from now on");
    let folder = world.close().await;
    away_since(folder.path(), "2019-06-01T00:00:00Z");
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
    let (about, run) = world.runner.get("shop-1").unwrap().unwrap();
    let year = run.created.strftime("%Y-01-01T00:00:00Z").to_string();
    assert_eq!((&about.trigger["type"], &about.trigger["scheduled"]), (&json!("cron"), &json!(year)));
    assert_eq!(about.parameters["from"], "cron");
    world.over("shop-1").await;

    // Killed before it was stored that it was started: the run's token tells.
    let folder = world.close().await;
    away_since(folder.path(), "2019-06-01T00:00:00Z");
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
}

#[tokio::test]
async fn who_serves_looks_by_itself_and_two_schedules_are_two_runs() {
    let both = "{cron: {schedule: '0 0 1 1 *'}}, {cron: {schedule: '0 0 0 1 1 ?'}}, {enabled: false, cron: {schedule: '0 0 1 1 *', timeZone: Asia/Tokyo}}";
    let world = Triggered::new(&[("shop.yaml", file("shop", both, NOTHING))]).await;
    world.triggers.look().await;
    let folder = world.close().await;
    away_since(folder.path(), "2019-06-01T00:00:00Z");
    let mut world = Triggered::open(folder).await;
    world.serve().await;
    until("both have run", || world.runs().len() == 2).await;
    world.over("shop-2").await;
    assert_eq!(world.trigger("shop-1")["scheduled"], world.trigger("shop-2")["scheduled"]);
    assert_eq!(world.again().await.runs(), ["shop-1", "shop-2"]);
}

#[tokio::test]
async fn a_schedule_that_comes_back_makes_up_for_nothing() {
    let yearly = "{cron: {schedule: '0 0 1 1 *'}}";
    let world = Triggered::new(&[("shop.yaml", file("shop", yearly, NOTHING))]).await;
    world.triggers.look().await;
    world.write("shop.yaml", &file("shop", "", NOTHING));
    let folder = world.close().await;
    away_since(folder.path(), "2019-06-01T00:00:00Z");
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    world.write("shop.yaml", &file("shop", yearly, NOTHING));
    world.triggers.look().await;
    assert_eq!(world.runs(), [""; 0]);
}
