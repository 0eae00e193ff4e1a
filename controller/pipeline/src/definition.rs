//! A pipeline as its user writes it.
//!
//! ```text
//! parameter   what a run is started with
//! window      when stages may start
//! stage       one node of the graph: what it needs, what a failure means, how often it is tried
//! judgment    who decides a stage, and until when
//! freeze      when nothing that runs is to be changed
//! work        what a stage does, of which this crate knows only what the order of things asks for
//! ```
//!
//! Nothing here is checked beyond its form: [`crate::validate()`] names every problem at once, and [`crate::Plan`] exists only without any.

pub mod freeze;
pub mod judgment;
pub mod parameter;
pub mod stage;
pub mod window;
pub mod work;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use freeze::Freeze;
pub use judgment::{Judgment, WhenExpired};
pub use parameter::{Kind, Parameter};
pub use stage::{Backoff, OnFailure, Retries, RetryOn, Stage};
pub use window::{Jitter, Window};
pub use work::{Child, Position, Work};

use crate::span::Span;

/// Stages and the rules for running them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, bound(deserialize = "W: DeserializeOwned"))]
pub struct Pipeline<W> {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What a run is started with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// How many runs go on at once.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// IANA name of the zone of all windows. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Times at which stages may start, by the name that a stage's `window` gives.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, Window>,
    /// How long a run may take, pauses not counted. Default: without limit. What is left then is stopped, and clean-up runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Who is told of its runs, as it is written: the order of things does not depend on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<Value>,
    /// What has to be there before its first stage, as it is written: whoever looks after a run finds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Value>,
    /// In the order in which they run where no `needs` says otherwise.
    pub stages: Vec<Stage<W>>,
}

/// How many runs of one pipeline go on at once, and what becomes of those that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Concurrency {
    /// Runs at once; 0 is no limit. Default: 1.
    #[serde(default = "one")]
    pub limit: u32,
    /// Which of those that wait start. Default: the newest.
    #[serde(default)]
    pub waiting: Waiting,
}

/// Which of the waiting runs start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Waiting {
    /// The newest one; it supersedes the others, which are cancelled.
    #[default]
    Newest,
    /// All of them, the oldest first.
    All,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self { limit: 1, waiting: Waiting::Newest }
    }
}

const fn one() -> u32 {
    1
}
