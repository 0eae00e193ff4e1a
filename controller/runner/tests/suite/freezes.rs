//! Freezes beside pipelines, by a clock that is set: what they hold, across restarts and slips of the pen.

use jiff::Timestamp;
use serde_json::{Map, json};
use tempfile::TempDir;
use tokio::sync::watch;
use weir_pipeline::Status;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::run::Standing;
use weir_runner::{Clock, Request, RunView, Runner};

use crate::fixture::{open_with, over, stages};
use crate::triggered::{Triggered, file};

const STAGES: &str = "stages: [{name: Test, step: {run: 'true'}}, {name: Prod, job: {run: 'true'}}, {name: Tell, step: {run: 'true'}}]";

fn freeze(spec: &str) -> String {
    format!(
        "apiVersion: weir.dev/v1alpha1\nkind: Freeze\nmetadata: {{name: year-end}}\nspec: {{reason: closing of the books, owner: finance, {spec}}}\n"
    )
}

/// A folder with the pipeline `shop` and a freeze, and the time that its runners go by.
struct Frozen {
    clock: Clock,
    sets: watch::Sender<Timestamp>,
}

impl Frozen {
    fn new() -> Self {
        let (sets, clock) = Clock::set("2026-12-20T12:00:00Z".parse().unwrap());
        Self { clock, sets }
    }

    async fn world(&self, spec: &str) -> Triggered {
        let folder = TempDir::new().unwrap();
        let pipelines = folder.path().join("pipelines");
        std::fs::create_dir_all(&pipelines).unwrap();
        std::fs::write(pipelines.join("shop.yaml"), file("shop", "", STAGES)).unwrap();
        std::fs::write(pipelines.join("year-end.yaml"), freeze(spec)).unwrap();
        self.open(folder).await
    }

    async fn open(&self, folder: TempDir) -> Triggered {
        Triggered::open_with(folder, |options| options.clock = self.clock.clone()).await
    }

    fn at(&self, time: &str) {
        self.sets.send_replace(time.parse().unwrap());
    }
}

async fn start(world: &Triggered) -> String {
    let definition = world.triggers.defined()[0].pipeline.clone();
    let (pipeline, trigger, parameters) = ("shop".to_owned(), json!({}), Map::new());
    let request = Request { pipeline, definition, trigger, parameters, manual: true, token: None };
    world.runner.start(request).await.unwrap()
}

async fn once_held(runner: &Runner, id: &str) {
    let mut watched = runner.watch(id).unwrap();
    let is_held = |standing: &Standing| matches!(standing, Standing::Frozen { .. });
    watched.wait_for(|run| is_held(&run.stage("prod").unwrap().standing)).await.unwrap();
}

fn view(runner: &Runner, id: &str) -> RunView {
    runner.store().view(id).unwrap().unwrap()
}

#[tokio::test]
async fn what_changes_what_runs_waits_for_the_end_of_a_freeze_and_goes_on_by_itself() {
    let frozen = Frozen::new();
    let world =
        frozen.world("from: 2026-12-18T18:00, until: 2027-01-04T08:00, timeZone: Europe/Berlin").await;
    assert_eq!(world.problems, []);
    let id = start(&world).await;
    once_held(&world.runner, &id).await;
    let shown = view(&world.runner, &id);
    let expected = "is held by freeze year-end of finance until 2027-01-04T07:00:00Z: closing of the books";
    assert_eq!(shown.stages[1].message, expected);
    assert_eq!(
        (shown.stages[0].status, shown.says()),
        (Status::Succeeded, Some(format!("Prod: {expected}")))
    );
    frozen.at("2027-01-04T06:59:59Z");
    once_held(&world.runner, &id).await;
    frozen.at("2027-01-04T07:00:00Z");
    let run = over(&world.runner, &id).await;
    assert_eq!(stages(&run), "test Succeeded, prod Succeeded, tell Succeeded");
    assert_eq!(run.stage("prod").unwrap().began, Some("2027-01-04T07:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_freeze_that_is_misspelt_is_told_and_what_it_said_before_stays_in_force_also_after_a_restart() {
    let frozen = Frozen::new();
    let world = frozen.world("until: 2027-01-04T08:00:00Z").await;
    let id = start(&world).await;
    once_held(&world.runner, &id).await;
    world.write("year-end.yaml", &freeze("until: soonish"));
    let told = world.triggers.look().await;
    assert!(told[0].problems[0].contains("spec.until: \"soonish\" is no time"), "{told:?}");
    once_held(&world.runner, &id).await;
    let world = frozen.open(world.close().await).await;
    assert!(world.problems[0].problems[0].contains("soonish"), "{:?}", world.problems);
    let other = start(&world).await;
    once_held(&world.runner, &id).await;
    assert_eq!(view(&world.runner, &id).stages[1].held[0].freeze, "year-end");
    world.write("year-end.yaml", &freeze("pipelines: [another]"));
    assert_eq!(world.triggers.look().await, []);
    for id in [id, other] {
        assert_eq!(over(&world.runner, &id).await.status, Status::Succeeded);
    }
}

#[tokio::test]
async fn who_opens_the_folder_without_the_files_knows_the_freezes_and_one_that_is_removed_holds_nobody() {
    let frozen = Frozen::new();
    let world = frozen.world("until: 2027-01-04T08:00:00Z").await;
    let id = start(&world).await;
    once_held(&world.runner, &id).await;
    let folder = world.close().await;
    let alone = open_with(folder.path().to_owned(), |options| options.clock = frozen.clock.clone()).await;
    // Whoever looks at it first finds it held.
    let asked = alone.command(&id, Command { by: "ann".to_owned(), life: 0, ask: Ask::Pause }).await;
    asked.unwrap();
    assert_eq!(view(&alone, &id).stages[1].held.len(), 1);
    alone.command(&id, Command { by: "ann".to_owned(), life: 0, ask: Ask::Resume }).await.unwrap();
    assert_eq!(view(&alone, &id).stages[1].held.len(), 1);
    alone.close().await;
    std::fs::remove_file(folder.path().join("pipelines/year-end.yaml")).unwrap();
    let world = frozen.open(folder).await;
    assert_eq!(over(&world.runner, &id).await.status, Status::Succeeded);
}

#[tokio::test]
async fn somebody_lets_a_stage_through_and_what_he_said_is_shown() {
    let frozen = Frozen::new();
    let world = frozen.world("windows: [{days: [sunday]}]").await;
    let id = start(&world).await;
    once_held(&world.runner, &id).await;
    let ask = Ask::Thaw { stage: "Prod".to_owned(), reason: "orders are lost".to_owned() };
    world.runner.command(&id, Command { by: "ann".to_owned(), life: 0, ask }).await.unwrap();
    assert_eq!(over(&world.runner, &id).await.status, Status::Succeeded);
    let shown = view(&world.runner, &id).stages.remove(1);
    assert_eq!(shown.message, "ann let it through year-end at 2026-12-20T12:00:00Z: orders are lost");
    assert_eq!(
        json!(shown.thaws),
        json!([{"by": "ann", "at": "2026-12-20T12:00:00Z", "reason": "orders are lost", "freezes": ["year-end"]}])
    );
}
