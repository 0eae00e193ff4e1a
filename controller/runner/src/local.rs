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
use weir_pipeline::event::Fault;
use weir_step::{End, Folder, Order, Standing};

use crate::executor::{Ending, Executor, Task};

pub(crate) use environment::Environment;
use services::Beside;

/// How soon the end of a step is seen at first, and at last: a step of a second is not slowed down, and one of an hour costs nothing.
const SOONEST: Duration = Duration::from_millis(5);
const LATEST: Duration = Duration::from_millis(250);

/// Runs commands as processes of this machine, by their keepers.
#[derive(Clone, Debug)]
pub struct Local {
    /// The program `weir-step`.
    keeper: PathBuf,
    /// Variables of this program's environment that commands get besides the usual ones.
    pass: Vec<String>,
}

impl Executor for Local {
    fn environment(&self) -> BTreeMap<String, String> {
        environment::inherited(&self.pass)
    }

    fn program(&self, name: &str) -> Result<String, String> {
        let program = self.keeper.with_file_name(name);
        let missing = || format!("there is no {}: it comes with weir-step", program.display());
        program.is_file().then(|| program.to_string_lossy().into_owned()).ok_or_else(missing)
    }

    fn run<'a>(&'a self, task: &'a Task, cancel: &'a CancellationToken) -> Ending<'a> {
        Box::pin(self.run_to_the_end(task, cancel))
    }
}

impl Local {
    /// With the program `weir-step`, and with variables of this program's environment that commands get besides the usual ones.
    #[must_use]
    pub const fn new(keeper: PathBuf, pass: Vec<String>) -> Self {
        Self { keeper, pass }
    }

    async fn run_to_the_end(&self, task: &Task, cancel: &CancellationToken) -> Result<Option<End>, Fault> {
        let beside = Beside { local: self, task };
        let step = task.attempt.step();
        if task.order.command.is_empty() {
            return Err(Fault::work(
                "an image alone is for clusters: a local process needs `run` or `command`",
            ));
        }
        if look(&step)? == Standing::NotStarted {
            if cancel.is_cancelled() {
                beside.stop().await?;
                return Ok(None);
            }
            let ready = beside.start(cancel).await;
            if ready.is_err() || cancel.is_cancelled() {
                beside.stop().await?;
                return ready.map(|()| None);
            }
            self.start(&step, task.order.clone()).await?;
        }
        let end = self.end_or_stop(&step, cancel).await?;
        beside.stop().await?;
        Ok(end)
    }

    /// Starts a command, or finds it started.
    async fn start(&self, folder: &Folder, order: Order) -> Result<(), Fault> {
        let (keeper, folder) = (self.keeper.clone(), folder.clone());
        let started = tokio::task::spawn_blocking(move || weir_step::start(&keeper, &folder, &order));
        match started.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::infrastructure(error)),
            Err(error) => Err(Fault::infrastructure(error)),
        }
    }

    /// How a command ended, once it has; `None`: it was never started.
    async fn end(&self, folder: &Folder) -> Result<Option<End>, Fault> {
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
    async fn end_or_stop(&self, folder: &Folder, cancel: &CancellationToken) -> Result<Option<End>, Fault> {
        tokio::select! {
            end = self.end(folder) => return end,
            () = cancel.cancelled() => {}
        }
        if look(folder)? == Standing::Running {
            weir_step::stop(folder).map_err(Fault::infrastructure)?;
        }
        self.end(folder).await
    }
}

fn look(folder: &Folder) -> Result<Standing, Fault> {
    weir_step::look(folder).map_err(Fault::infrastructure)
}
