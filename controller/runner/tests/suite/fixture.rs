//! A runner in a folder of its own, and pipelines in YAML.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::{Run, Status};
use weir_runner::runner::{Definitions, Patience};
use weir_runner::{Clock, Freezes, Local, Options, Request, Runner};

/// The program that keeps steps; it is built beside the tests.
pub(crate) fn keeper() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let keeper = exe.ancestors().nth(2).unwrap().join("weir-step");
    assert!(keeper.exists(), "{} is not there: cargo build -p weir-step", keeper.display());
    keeper
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) runner: Runner,
}

pub(crate) async fn open(state: PathBuf) -> Runner {
    open_with(state, |_| {}).await
}

/// Patient for next to no time, unless `change` says otherwise.
pub(crate) async fn open_with(state: PathBuf, change: impl FnOnce(&mut Options)) -> Runner {
    crate::told::listen();
    let secrets = Some(state.join("secrets"));
    let again = Duration::from_millis(5);
    let (deadline, within) = (Duration::from_secs(10), Duration::from_millis(500));
    let notices = Duration::from_secs(20);
    let patience = Patience { deadline, again, within, analysis: again, notices, look: again };
    let definitions = Definitions::default();
    let executor = Arc::new(Local::new(keeper(), Vec::new()));
    let mut options = Options {
        state,
        executor,
        objects: None,
        secrets,
        keep: 50,
        archive: None,
        mail: None,
        link: None,
        definitions,
        freezes: Freezes::default(),
        clock: Clock::default(),
        patience,
    };
    change(&mut options);
    Runner::open(options).await.unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let runner = open(folder.path().to_owned()).await;
        Self { folder, runner }
    }

    /// That tries again no sooner than after this.
    pub(crate) async fn with_patience(again: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let runner = open_with(folder.path().to_owned(), |options| options.patience.again = again).await;
        Self { folder, runner }
    }

    /// A value of a secret: `NAME/KEY`.
    pub(crate) fn secret(&self, path: &str, value: &str) {
        let path = self.folder.path().join("secrets").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value).unwrap();
    }

    /// Every file of every run, with its name.
    pub(crate) fn everything_kept(&self) -> String {
        fn read(folder: &std::path::Path, all: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, all);
                } else {
                    let text = std::fs::read(&path).unwrap();
                    all.extend([&path.to_string_lossy(), ": ", &String::from_utf8_lossy(&text), "\n"]);
                }
            }
        }
        let mut all = String::new();
        read(&self.folder.path().join("runs"), &mut all);
        all
    }

    pub(crate) async fn start(&self, stages: &str) -> String {
        self.start_by(stages, json!({"type": "manual", "user": "ann"})).await
    }

    pub(crate) async fn start_by(&self, stages: &str, trigger: Value) -> String {
        self.runner.start(request(stages, trigger)).await.unwrap()
    }

    /// The run once it is over.
    pub(crate) async fn over(&self, id: &str) -> Arc<Run> {
        over(&self.runner, id).await
    }

    pub(crate) async fn run(&self, stages: &str) -> Arc<Run> {
        let id = self.start(stages).await;
        self.over(&id).await
    }

    /// The run once it looks like this.
    pub(crate) async fn once(&self, id: &str, looks: impl Fn(&Run) -> bool) -> Arc<Run> {
        let mut watched = self.runner.watch(id).unwrap();
        let run = watched.wait_for(|run| looks(run)).await.unwrap();
        Arc::clone(&run)
    }

    pub(crate) async fn ask(&self, id: &str, ask: Ask) {
        let life = self.runner.get(id).unwrap().unwrap().1.life;
        self.runner.command(id, Command { by: "ann".to_owned(), life, ask }).await.unwrap();
    }
}

pub(crate) async fn over(runner: &Runner, id: &str) -> Arc<Run> {
    if let Some(mut watched) = runner.watch(id) {
        // An error: it is over, and nobody looks after it any more.
        let _over = watched.wait_for(|run| run.status.is_complete()).await;
    }
    runner.get(id).unwrap().unwrap().1
}

pub(crate) fn request(spec: &str, trigger: Value) -> Request {
    let text = format!(
        "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: shop}}\nspec:\n{}",
        spec.lines().map(|line| ["  ", line, "\n"].concat()).collect::<String>()
    );
    let (file, problems) = weir_stages::read(&text);
    assert!(problems.is_empty(), "{problems:?}");
    let definition = file.pipelines.into_iter().next().unwrap().pipeline.unwrap();
    Request {
        pipeline: "shop".to_owned(),
        definition,
        trigger,
        parameters: Map::new(),
        manual: true,
        token: None,
    }
}

/// `NAME Status` of each stage.
pub(crate) fn stages(run: &Run) -> String {
    let stages = run.stages.iter().map(|stage| format!("{} {}", stage.id, stage.standing.status()));
    stages.collect::<Vec<_>>().join(", ")
}

pub(crate) fn reason(run: &Arc<Run>) -> String {
    assert_ne!(run.status, Status::Succeeded);
    run.reason.clone().unwrap_or_default()
}
