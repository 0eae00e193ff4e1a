//! Steps as processes of this machine.
//!
//! ```text
//! environment   what every command finds around it
//! services      what runs beside a command
//! ```

mod environment;
mod services;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use weir_pipeline::event::{Blame, Fault};
use weir_step::order::Limits;
use weir_step::{End, Folder, Order, Standing};

pub(crate) use environment::Environment;
pub(crate) use services::Beside;

/// How soon the end of a step is seen at first, and at last: a step of a second is not slowed down, and one of an hour costs nothing.
const SOONEST: Duration = Duration::from_millis(5);
const LATEST: Duration = Duration::from_millis(250);

/// Runs commands by their keepers.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// The program `weir-step`.
    pub(crate) keeper: PathBuf,
}

/// A command with its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) command: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) secrets: Vec<String>,
    pub(crate) directory: PathBuf,
}

impl Local {
    /// Starts a command, or finds it started.
    pub(crate) async fn start(&self, folder: &Folder, task: Task) -> Result<(), Fault> {
        let Task { command, environment, secrets, directory } = task;
        let order = Order { command, environment, directory, secrets, limits: Limits::default() };
        let (keeper, folder) = (self.keeper.clone(), folder.clone());
        let started = tokio::task::spawn_blocking(move || weir_step::start(&keeper, &folder, &order));
        match started.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(infrastructure(error)),
            Err(error) => Err(infrastructure(error)),
        }
    }

    /// How a command ended, once it has; `None`: it was never started.
    pub(crate) async fn end(&self, folder: &Folder) -> Result<Option<End>, Fault> {
        let mut pause = SOONEST;
        loop {
            match look(folder)? {
                Standing::Ended(end) => return Ok(Some(end)),
                Standing::NotStarted => return Ok(None),
                Standing::Running => tokio::time::sleep(pause).await,
            }
            pause = (pause * 5 / 4).min(LATEST);
        }
    }

    /// The same, ended early once `cancel` says so.
    pub(crate) async fn end_or_stop(
        &self,
        folder: &Folder,
        cancel: &CancellationToken,
    ) -> Result<Option<End>, Fault> {
        tokio::select! {
            end = self.end(folder) => return end,
            () = cancel.cancelled() => {}
        }
        self.stop(folder).await
    }

    /// Ends a command, and says how it ended.
    pub(crate) async fn stop(&self, folder: &Folder) -> Result<Option<End>, Fault> {
        if look(folder)? == Standing::Running {
            weir_step::stop(folder).map_err(infrastructure)?;
        }
        self.end(folder).await
    }
}

pub(crate) fn look(folder: &Folder) -> Result<Standing, Fault> {
    weir_step::look(folder).map_err(infrastructure)
}

/// What the machine is to blame for.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
pub(crate) fn infrastructure(error: impl ToString) -> Fault {
    Fault { blame: Blame::Infrastructure, message: error.to_string() }
}

/// What the stage is to blame for.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
pub(crate) fn work(error: impl ToString) -> Fault {
    Fault { blame: Blame::Work, message: error.to_string() }
}
