//! What a runner is started with.

use std::path::PathBuf;

use super::{Definitions, Patience};

/// Where things are, and how many are kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of all runs.
    pub state: PathBuf,
    /// The program `weir-step`.
    pub keeper: PathBuf,
    /// Folder of secrets.
    pub secrets: Option<PathBuf>,
    /// Variables of this program's environment that steps get besides the usual ones.
    pub pass: Vec<String>,
    /// Runs of a pipeline that are kept when they are over.
    pub keep: usize,
    /// Pipelines that stages start by their names.
    pub definitions: Definitions,
    /// With whom stages ask.
    pub patience: Patience,
}
