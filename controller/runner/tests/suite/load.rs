//! Load, by the program that makes it.

use serde_json::json;
use weir_pipeline::Status;

use crate::fixture::{World, keeper, reason};
use crate::server::{Server, json};

#[tokio::test]
async fn load_is_measured_and_judged() {
    if !keeper().with_file_name("weir-load").exists() {
        eprintln!("skipped: weir-load is not built beside the tests (cargo build -p weir-load)");
        return;
    }
    let server = Server::new(|_, _| json(200, &json!({}))).await;
    let world = World::new().await;
    let load = |more: &str| {
        format!(
            "stages:\n- {{name: Load, load: {{url: '{}/', rate: 50, duration: 300ms{more}}}}}\n",
            server.url
        )
    };
    let run = world.run(&load(", latency: {p99: 5s}, errors: 1%")).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    let outputs = &run.stage("load").unwrap().outputs;
    assert_eq!((&outputs["requests"], &outputs["errors"]), (&json!(15), &json!(0)));
    assert!(
        outputs["p50"].as_f64().unwrap() <= outputs["p99"].as_f64().unwrap()
            && outputs["rate"].as_f64().unwrap() > 10.0
    );

    let bad = Server::new(|_, _| json(500, &json!({}))).await;
    let spec = format!(
        "stages:\n- {{name: Load, load: {{url: '{}/', rate: 50, duration: 300ms, errors: 1%}}}}\n",
        bad.url
    );
    let told = reason(&world.run(&spec).await);
    assert!(told.contains("failed: errors>1% (15 of 15"), "{told}");
}
