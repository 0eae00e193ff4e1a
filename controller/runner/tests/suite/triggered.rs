//! Pipelines of a folder, with what starts them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weir_pipeline::Run;
use weir_runner::triggers::{Problems, Triggers};
use weir_runner::{Options, Runner};

use crate::fixture::{self, open_with};
use crate::sent::{Answered, KEY, exchange};

/// A runner whose pipelines are files.
pub(crate) struct Triggered {
    pub(crate) folder: TempDir,
    pub(crate) runner: Arc<Runner>,
    pub(crate) triggers: Arc<Triggers>,
    /// What was wrong with files when they were opened.
    pub(crate) problems: Vec<Problems>,
    serving: Option<Serving>,
}

struct Serving {
    at: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Triggered {
    /// With one file for each of these: its name, and what it says.
    pub(crate) async fn new(files: &[(&str, String)]) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir_all(folder.path().join("secrets/hooks")).unwrap();
        std::fs::write(folder.path().join("secrets/hooks/secret"), format!("{KEY}\n")).unwrap();
        std::fs::create_dir_all(pipelines(folder.path())).unwrap();
        for (name, text) in files {
            std::fs::write(pipelines(folder.path()).join(name), text).unwrap();
        }
        Self::open(folder).await
    }

    pub(crate) async fn open(folder: TempDir) -> Self {
        Self::open_with(folder, |_| {}).await
    }

    pub(crate) async fn open_with(folder: TempDir, change: impl FnOnce(&mut Options)) -> Self {
        let runner = Arc::new(open_with(folder.path().to_owned(), change).await);
        let (triggers, problems) = Triggers::open(Arc::clone(&runner), pipelines(folder.path()));
        Self { folder, runner, triggers, problems, serving: None }
    }

    /// Listens for calls, and looks each second.
    pub(crate) async fn serve(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let served = Arc::clone(&self.triggers).serve(Some(listener), stop.clone(), |_| {});
        self.serving = Some(Serving { at, stop, task: tokio::spawn(served) });
    }

    /// Ends everything, and leaves what is on the disk.
    pub(crate) async fn close(mut self) -> TempDir {
        if let Some(Serving { stop, task, .. }) = self.serving.take() {
            stop.cancel();
            task.await.unwrap();
        }
        let Self { folder, runner, triggers, .. } = self;
        drop(triggers);
        Arc::try_unwrap(runner).unwrap().close().await;
        folder
    }

    /// The same after a restart, without the calls' listener.
    pub(crate) async fn again(self) -> Self {
        Self::open(self.close().await).await
    }

    pub(crate) async fn connect(&self) -> BufReader<TcpStream> {
        BufReader::new(TcpStream::connect(self.serving.as_ref().unwrap().at).await.unwrap())
    }

    /// One call on a connection of its own.
    pub(crate) async fn call(&self, bytes: &[u8]) -> Answered {
        exchange(&mut self.connect().await, bytes).await
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(pipelines(self.folder.path()).join(name), text).unwrap();
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("triggers.json")
    }

    /// What triggers remember, as it is written; nothing where nothing was.
    pub(crate) fn kept(&self) -> String {
        std::fs::read_to_string(self.state()).unwrap_or_default()
    }

    /// Ids of all runs that there are.
    pub(crate) fn runs(&self) -> Vec<String> {
        self.runner.store().ids().unwrap()
    }

    pub(crate) async fn over(&self, id: &str) -> Arc<Run> {
        fixture::over(&self.runner, id).await
    }

    /// What expressions of a run see as `trigger`.
    pub(crate) fn trigger(&self, id: &str) -> serde_json::Value {
        self.runner.get(id).unwrap().unwrap().0.trigger.clone()
    }
}

fn pipelines(folder: &Path) -> PathBuf {
    folder.join("pipelines")
}

/// Returns once it is so, or fails after five minutes.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..30_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it was never so: {what}");
}

/// A file with one pipeline: its triggers and its stages, each in flow style.
pub(crate) fn file(name: &str, triggers: &str, spec: &str) -> String {
    format!(
        "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: {name}}}\nspec:\n  triggers: [{triggers}]\n  {spec}\n"
    )
}

/// Stages that do nothing.
pub(crate) const NOTHING: &str = "stages: [{name: Nothing, variables: [{key: a, value: b}]}]";
/// Stages that fail.
pub(crate) const FAILS: &str = "stages: [{name: Fail, preconditions: [{expression: 'false'}]}]";
