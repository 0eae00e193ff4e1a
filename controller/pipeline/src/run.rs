//! Where a run stands: everything that has to survive a restart of the controller.
//!
//! ```text
//! standing  where one stage stands, with exactly the data that this needs
//! decision  what somebody decided
//! thaw      that somebody let it through a freeze
//! stage     the same with what is kept of it beside that: attempts, outputs, words for people
//! ```
//!
//! It is small, for it is written with every change: a few lines a stage, and of the past no more than [`MOST_ATTEMPTS`] attempts of each, with [`MOST_OUTPUT_BYTES`] of outputs. The
//! definition is not in it but kept beside it, as it was when the run began.

mod decision;
mod stage;
mod standing;
mod thaw;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::graph::Graph;
use crate::span::Span;
use crate::status::Status;
use crate::transition::Key;

pub use decision::Decision;
pub(crate) use stage::words;
pub use stage::{Attempt, MOST_ATTEMPTS, MOST_OUTPUT_BYTES, StageRun};
pub use standing::{End, Standing, Then};
pub use thaw::Thaw;

/// The form that is written now.
pub const VERSION: u32 = 1;

/// How long work that was asked to stop may take to say so. Then it counts as stopped, and the stage says that nobody knows.
pub const STOP_PATIENCE: Span = Span::minutes(10);

/// One run of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// The form: [`VERSION`].
    pub version: u32,
    /// By which everything outside knows it, unique for ever.
    pub id: String,
    /// Digest of the definition that it runs.
    pub digest: String,
    /// How it stands, or how it ended.
    pub status: Status,
    /// Why it ended so, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether somebody started it by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
    /// How often it was restarted from a stage.
    #[serde(default)]
    pub life: u32,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it began, the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// When it has taken too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Who holds it, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Since when a freeze has held one of its stages, while one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_since: Option<Timestamp>,
    /// Why nothing more is to run but clean-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted: Option<Halted>,
    /// What was found for it before its first stage, by name: the same in every life. Whoever finds it puts it here.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub artifacts: Map<String, Value>,
    /// In the order of the graph.
    pub stages: Vec<StageRun>,
}

/// Who holds a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paused {
    /// Who.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// Why a run, or a stage with its children, is being ended early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Halted {
    /// How the run ends for it: `Canceled`, or `Terminal` where it took too long.
    pub status: Status,
    /// For people.
    pub reason: String,
    /// Whether clean-up is stopped too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
}

impl Run {
    /// A run that waits for its turn: [`crate::event::Ask::Admit`] begins it.
    #[must_use]
    pub fn new(id: impl Into<String>, graph: &Graph, manual: bool, now: Timestamp) -> Self {
        Self {
            version: VERSION,
            id: id.into(),
            digest: graph.digest.clone(),
            status: Status::NotStarted,
            reason: None,
            manual,
            life: 0,
            created: now,
            began: None,
            ended: None,
            deadline: None,
            paused: None,
            frozen_since: None,
            halted: None,
            artifacts: Map::new(),
            stages: graph.nodes.iter().map(|node| StageRun::new(&node.id)).collect(),
        }
    }

    /// The stage of this id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&StageRun> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// Attempts that are on their way: what a controller that was restarted has to find again.
    pub fn in_flight(&self) -> impl Iterator<Item = Key> {
        self.stages.iter().filter(|stage| stage.standing.is_outside()).map(|stage| self.key(stage))
    }

    /// When something happens by itself; `None`: not before the next event.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        if self.status.is_complete() || self.status == Status::NotStarted {
            return None;
        }
        let paused = self.paused.is_some();
        let stages = self.stages.iter().filter_map(|stage| stage.next_wake(paused));
        // While it is paused, or a freeze holds it, its time stands still.
        let goes_on = !paused && self.frozen_since.is_none() && self.halted.is_none();
        stages.chain(self.deadline.filter(|_| goes_on)).min()
    }

    /// Whether it is one of this graph, in the form that is written now.
    pub(crate) fn is_of(&self, graph: &Graph) -> bool {
        self.version == VERSION
            && self.digest == graph.digest
            && self.stages.len() == graph.nodes.len()
            && self.stages.iter().zip(&graph.nodes).all(|(stage, node)| stage.id == node.id)
    }

    pub(crate) fn key(&self, stage: &StageRun) -> Key {
        Key { run: self.id.clone(), stage: stage.id.clone(), attempt: stage.attempt }
    }
}
