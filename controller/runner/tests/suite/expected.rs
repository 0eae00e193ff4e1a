//! Images that a pipeline counts on: where they are found, that they stay the same for the run, and what becomes of a run that lacks one.

use std::sync::Arc;

use serde_json::{Value, json};
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::{Run, Status};
use weir_runner::Runner;

use crate::fixture::{World, open, over, reason, request, stages};
use crate::promoted::{published, run};

/// Like `sha256:aaaa..`.
fn digest(letter: &str) -> String {
    format!("sha256:{}", letter.repeat(64))
}

fn image(letter: &str) -> String {
    format!("r.example/shop/api@{}", digest(letter))
}

/// A pipeline that counts on one image from here, and says which one it saw.
fn shop(from: &str) -> String {
    let entry = format!("{{name: api, image: r.example/shop/api, from: [{from}]}}");
    let saw = "{name: Saw, variables: [{key: saw, value: '${ artifacts.api.image }'}]}";
    format!("artifacts: [{entry}]\nstages: [{saw}]")
}

async fn started(runner: &Runner, spec: &str, trigger: Value) -> Arc<Run> {
    let id = runner.start(request(spec, trigger)).await.unwrap();
    over(runner, &id).await
}

fn saw(run: &Arc<Run>) -> &str {
    assert_eq!(run.status, Status::Succeeded, "{:?}", run.reason);
    run.stage("saw").unwrap().outputs["saw"].as_str().unwrap()
}

/// A run of `ci` that has published an image of this digest.
async fn built(world: &World, number: u32, letter: &str) {
    run(world, "ci", "stages: [{name: Build, variables: []}]").await;
    published(world, &format!("ci-{number}"), "r.example/shop/api", &digest(letter));
}

#[tokio::test]
async fn the_first_that_has_it_counts_in_the_order_that_is_written() {
    let world = World::new().await;
    built(&world, 1, "c").await;
    let all = format!("trigger, prior, {{pipeline: ci}}, {{default: '{}'}}", image("d"));
    let docker = |image: &str| json!({"type": "docker", "image": image, "tag": "v7"});
    let none = || json!({"type": "manual"});
    // Nothing started it, nothing was before: the pipeline.
    let first = started(&world.runner, &shop(&all), none()).await;
    assert_eq!(saw(&first), image("c"));
    assert_eq!(
        first.artifacts["api"],
        json!({"image": image("c"), "digest": digest("c"), "tag": "v1", "run": "ci-1", "commit": "c0ffee", "from": "pipeline ci"})
    );
    // The trigger goes before all others.
    let second = started(&world.runner, &shop(&all), docker(&image("a"))).await;
    assert_eq!(saw(&second), image("a"));
    assert_eq!(
        (&second.artifacts["api"]["from"], &second.artifacts["api"]["tag"]),
        (&json!("trigger"), &json!("v7"))
    );
    // What the last one used, wherever it had it from, and whatever has been built since.
    built(&world, 2, "e").await;
    let third = started(&world.runner, &shop(&all), none()).await;
    assert_eq!((saw(&third), &third.artifacts["api"]["from"]), (image("a").as_str(), &json!("prior")));
    // Of another image, or by a tag, what started it is not this one; the default is the last.
    let rest = format!("trigger, {{pipeline: nobody}}, {{default: '{}'}}", image("d"));
    for other in [docker("r.example/shop/web@sha256:aa"), docker("r.example/shop/api:v7"), none()] {
        let run = started(&world.runner, &shop(&rest), other).await;
        assert_eq!((saw(&run), &run.artifacts["api"]["run"]), (image("d").as_str(), &Value::Null));
    }
    let view = world.runner.store().view("shop-1").unwrap().unwrap();
    assert_eq!(json!(view)["artifacts"]["api"]["image"], json!(image("c")));
}

#[tokio::test]
async fn a_run_that_another_one_started_has_what_that_one_published() {
    let world = World::new().await;
    built(&world, 1, "c").await;
    built(&world, 2, "e").await;
    let by = |run: &str| json!({"type": "pipeline", "parentExecution": {"id": run}});
    for (parent, letter) in [("ci-1", "c"), ("ci-2", "e")] {
        let run = started(&world.runner, &shop("trigger"), by(parent)).await;
        assert_eq!((saw(&run), &run.artifacts["api"]["run"]), (image(letter).as_str(), &json!(parent)));
    }
    let gone = started(&world.runner, &shop("trigger"), by("ci-9")).await;
    assert!(
        reason(&gone).contains("(trigger: run ci-9, which started it, is not kept any more)"),
        "{gone:?}"
    );
}

#[tokio::test]
async fn a_run_that_lacks_one_fails_before_anything_and_says_what_was_tried() {
    let world = World::new().await;
    let spec = "artifacts:\n- {name: api, image: api, from: [trigger, prior, {pipeline: ci}]}\n- {name: web, image: r.example/web}\nstages:\n\
                - {name: Do, step: {run: touch done}}\n- {name: Clean, always: true, needs: [Do], step: {run: touch cleaned}}";
    let failed = started(&world.runner, spec, json!({"image": "r.example/shop/web:v1"})).await;
    assert_eq!(failed.status, Status::Terminal);
    assert_eq!(
        reason(&failed),
        "artifact \"api\" (api) is nowhere to be found (trigger: it has r.example/shop/web:v1, prior: none of the 0 earlier runs that are kept has \
         succeeded with one, pipeline ci: none of the 0 runs of pipeline \"ci\" that are kept has succeeded with an image called \"api\"): start the run with it, or \
         name another source in `from`; artifact \"web\" (r.example/web) is nowhere to be found (trigger: it has r.example/shop/web:v1): start the run \
         with it, or name another source in `from`"
    );
    assert_eq!(stages(&failed), "do NotRun, clean NotRun");
    let workspace = world.runner.store().workspace("shop-1");
    assert_eq!(std::fs::read_dir(workspace).unwrap().count(), 0, "nothing was done");

    // A restart looks again, for nothing was found before; until there is something it is refused, and the run stays as it was.
    let one = shop("{pipeline: ci}");
    let lacking = started(&world.runner, &one, json!({})).await;
    let again = || Command { by: "ann".to_owned(), life: 0, ask: Ask::Restart { stage: "Saw".to_owned() } };
    let refused = world.runner.command("shop-2", again()).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("the run cannot begin: artifact \"api\" (r.example/shop/api) is nowhere"),
        "{refused}"
    );
    assert_eq!(world.runner.get("shop-2").unwrap().unwrap().1, lacking);
    built(&world, 1, "c").await;
    world.runner.command("shop-2", again()).await.unwrap();
    assert_eq!(saw(&world.over("shop-2").await), image("c"));
}

#[tokio::test]
async fn a_tag_that_started_it_is_no_image_that_one_can_count_on() {
    let world = World::new().await;
    let run = started(&world.runner, &shop("trigger"), json!({"image": "r.example/shop/api:v1"})).await;
    let said = "trigger: it has r.example/shop/api:v1, which may be another image by now: it has no digest";
    assert!(reason(&run).contains(said), "{}", reason(&run));
}

#[tokio::test]
async fn prior_is_what_a_run_that_succeeded_used_and_not_one_that_failed() {
    let world = World::new().await;
    let docker = |letter: &str| json!({"image": image(letter)});
    started(&world.runner, &shop("trigger"), docker("a")).await;
    let fails = shop("trigger")
        .replace("stages: [", "stages: [{name: Fail, preconditions: [{expression: 'false'}]}, ");
    assert_eq!(started(&world.runner, &fails, docker("b")).await.status, Status::Terminal);
    let other = shop("trigger").replace("r.example/shop/api", "r.example/shop/web");
    let web = format!("r.example/shop/web@{}", digest("c"));
    started(&world.runner, &other, json!({"image": web})).await;
    assert_eq!(saw(&started(&world.runner, &shop("prior"), json!({})).await), image("a"));
}

#[tokio::test]
async fn it_stays_the_same_after_a_restart_of_the_program_and_of_the_run() {
    let world = World::new().await;
    built(&world, 1, "c").await;
    let spec = shop("{pipeline: ci}").replace("stages: [", "stages: [{name: Ask, judgment: {}}, ");
    let id = world.start_by(&spec, json!({})).await;
    let asks = |run: &Run| run.stages[0].standing.status() == Status::Running;
    let begun = world.once(&id, asks).await;
    built(&world, 2, "e").await;
    let World { folder, runner } = world;
    runner.close().await;
    let world = World { runner: open(folder.path().to_owned()).await, folder };
    assert_eq!(world.once(&id, asks).await.artifacts, begun.artifacts);
    let judge =
        Ask::Judge { stage: "Ask".to_owned(), go_on: true, input: None, reason: None, roles: Vec::new() };
    world.ask(&id, judge.clone()).await;
    assert_eq!(saw(&world.over(&id).await), image("c"), "ci-2 came after the run began");
    world.ask(&id, Ask::Restart { stage: "Saw".to_owned() }).await;
    let again = world.over(&id).await;
    assert_eq!((again.life, saw(&again)), (1, image("c").as_str()), "a restart is the same run");
    let new = world.start_by(&spec, json!({})).await;
    world.once(&new, asks).await;
    world.ask(&new, judge).await;
    assert_eq!(saw(&world.over(&new).await), image("e"), "another run looks for itself");
}
