//! Where commands run: as processes of this machine, or elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weir_pipeline::Key;
use weir_pipeline::event::{Event, Fault, News, Report};
use weir_stages::work::Service;
use weir_step::{End, Order};

pub use crate::attempt::Attempt;
use crate::drive::Told;

/// Runs commands, each of them once: its attempt's folder says whether it was started, what it printed, and how it ended. Where one was started
/// by a life of the program that is over, it is found.
pub trait Executor: fmt::Debug + Send + Sync {
    /// What every command finds in its environment besides what is its run's.
    fn environment(&self) -> BTreeMap<String, String>;

    /// How a command calls a program of Weir's own.
    ///
    /// # Errors
    /// It is not there.
    fn program(&self, name: &str) -> Result<String, String>;

    /// Runs a command with its services, from before they start until nothing of them is left. `None`: it was cancelled before it was started.
    ///
    /// # Errors
    /// It cannot be run, or it cannot be seen how it runs: no word of how it ended.
    fn run<'a>(&'a self, task: &'a Task, cancel: &'a CancellationToken) -> Ending<'a>;
}

/// How a command ends.
pub type Ending<'a> = Pin<Box<dyn Future<Output = Result<Option<End>, Fault>> + Send + 'a>>;

/// A command with its surroundings.
#[derive(Clone, Debug)]
pub struct Task {
    /// Which attempt of which stage of which run.
    pub key: Key,
    /// The run's pipeline.
    pub pipeline: String,
    /// What the stage does: `step`, `checkout`, `image`, `load`, `analysis`.
    pub kind: &'static str,
    /// The attempt's folder, in which the command has its own, and each service.
    pub attempt: Attempt,
    /// The command.
    pub order: Order,
    /// What runs beside it.
    pub services: Vec<Service>,
    /// What those find in their environment besides what is their own.
    pub environment: BTreeMap<String, String>,
    /// What it runs in, where it does not run on this machine.
    pub container: Container,
    /// Folders that it may see: all of them are there.
    pub folders: Vec<PathBuf>,
    /// How long it may take: whoever started it ends it then, unless he is gone.
    pub timeout: Option<Duration>,
    /// Who hears where it stands.
    pub progress: Progress,
}

/// A container, as a stage describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Its image.
    pub image: Option<String>,
    /// Requests and limits, as in a pod.
    pub resources: Option<Value>,
}

/// Says where an attempt stands.
#[derive(Clone, Debug)]
pub struct Progress {
    pub(crate) key: Key,
    pub(crate) told: mpsc::Sender<Told>,
}

impl Progress {
    /// For whoever makes a task of his own.
    #[must_use]
    pub fn to_nobody(key: Key) -> Self {
        Self { key, told: mpsc::channel(1).0 }
    }

    /// Says it, for people. The last word counts.
    pub async fn say(&self, text: &str) {
        let Key { run: _, stage, attempt } = &self.key;
        let news = News::Progress(text.to_owned());
        let report = Report { stage: stage.clone(), attempt: *attempt, news };
        // Nobody hears it where the program ends.
        let _ends = self.told.send(Told::Event(Event::Report(report))).await;
    }
}
