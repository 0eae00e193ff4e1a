//! Images of other pipelines' runs, found by their digests.

use serde_json::{Value, json};
use weir_pipeline::{Run, Status};

use crate::fixture::{World, reason, request};

/// A pipeline of this name whose run is told that an image was found, as a stage that looks would say it.
pub(crate) async fn run(world: &World, name: &str, stages: &str) -> std::sync::Arc<Run> {
    let mut request = request(stages, json!({"commit": "c0ffee"}));
    name.clone_into(&mut request.pipeline);
    let id = world.runner.start(request).await.unwrap();
    world.over(&id).await
}

/// Makes of a run's only stage one that has published an image: a registry and a builder have no part in how it is found.
pub(crate) fn published(world: &World, id: &str, image: &str, digest: &str) {
    let folder = world.folder.path().join("runs").join(id);
    let change = |file: &str, change: &dyn Fn(&mut Value)| {
        let path = folder.join(file);
        let mut kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut kept);
        std::fs::write(&path, kept.to_string()).unwrap();
    };
    change("run.json", &|run| {
        run["stages"][0]["outputs"] = json!({"image": image, "tag": "v1", "digest": digest});
    });
    change("about.json", &|about| {
        about["definition"]["stages"][0].as_object_mut().unwrap().remove("variables").unwrap();
        about["definition"]["stages"][0]["image"] = json!({"repository": image});
    });
}

#[tokio::test]
async fn production_finds_the_very_digest_of_the_last_run_that_succeeded() {
    let world = World::new().await;
    let empty = "stages: [{name: Build, variables: []}]";
    let look = |more: &str| {
        format!(
            "stages: [{{name: Find, findArtifact: {{pipeline: homolog{more}}}}}, {{name: Use, variables: [{{key: used, value: '${{ image }} of ${{ run }} from ${{ commit }}'}}]}}]"
        )
    };
    let none = run(&world, "prod", &look("")).await;
    let said = "none of the 0 runs of pipeline \"homolog\" that are kept has succeeded with an image";
    assert!(reason(&none).ends_with(said), "{}", reason(&none));
    run(&world, "homolog", empty).await;
    let bare = run(&world, "prod", &look("")).await;
    assert!(
        reason(&bare).ends_with(
            "none of the 1 runs of pipeline \"homolog\" that are kept has succeeded with an image"
        ),
        "{}",
        reason(&bare)
    );
    published(&world, "homolog-1", "r.example/team/api", "sha256:aa");
    let failed =
        run(&world, "homolog", "stages: [{name: Test, preconditions: [{expression: 'false'}]}]").await;
    assert_eq!(failed.status, Status::Terminal);
    for more in ["", ", artifact: api", ", artifact: r.example/team/api, run: homolog-1"] {
        let used = run(&world, "prod", &look(more)).await;
        assert_eq!(used.status, Status::Succeeded, "{:?}", used.reason);
        assert_eq!(
            used.stage("use").unwrap().outputs["used"],
            "r.example/team/api@sha256:aa of homolog-1 from c0ffee"
        );
    }
    for (more, expected) in [
        (", artifact: web", "that are kept has succeeded with an image called \"web\""),
        (", artifact: web, run: homolog-1", "run homolog-1 has no image \"web\": it has r.example/team/api"),
        (", run: homolog-2", "run homolog-2 has published and found no image with a digest"),
        (", run: homolog-9", "pipeline \"homolog\" has no run \"homolog-9\" that is kept"),
        (", run: prod-1", "pipeline \"homolog\" has no run \"prod-1\" that is kept"),
    ] {
        let refused = run(&world, "prod", &look(more)).await;
        assert!(reason(&refused).ends_with(expected), "{}", reason(&refused));
    }
}
