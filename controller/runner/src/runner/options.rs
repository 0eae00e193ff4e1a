//! What a runner is started with.

use std::path::PathBuf;
use std::sync::Arc;

use weir_outbound::Smtp;

use crate::archive::Archive;
use crate::clock::Clock;
use crate::executor::Executor;
use crate::freezes::Freezes;
use crate::objects::Objects;

use super::{Definitions, Patience};

/// Where things are, and how many are kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of all runs.
    pub state: PathBuf,
    /// Where commands run.
    pub executor: Arc<dyn Executor>,
    /// What stages deploy to; `None`: those that do fail, and say so.
    pub objects: Option<Arc<dyn Objects>>,
    /// Folder of secrets.
    pub secrets: Option<PathBuf>,
    /// Runs of a pipeline that are kept when they are over.
    pub keep: usize,
    /// Where runs are kept when they are over; `None`: nowhere else.
    pub archive: Option<Archive>,
    /// Who sends e-mails; `None`: nobody does.
    pub mail: Option<Smtp>,
    /// Where a run is shown, with `{run}` and `{pipeline}` in it; `None`: nowhere.
    pub link: Option<String>,
    /// Pipelines that stages start by their names.
    pub definitions: Definitions,
    /// When nothing that runs is changed.
    pub freezes: Freezes,
    /// Which time it is.
    pub clock: Clock,
    /// With whom stages ask.
    pub patience: Patience,
}
