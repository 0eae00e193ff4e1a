//! What runs beside a command: started before it, ready before it begins, ended after it.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use weir_pipeline::event::Fault;
use weir_pipeline::span::Span;
use weir_stages::work::{Ready, Service};
use weir_step::{Folder, Order, Standing};

use super::{Environment, Local, look};
use crate::executor::Task;
use crate::perform::shell;

/// How often a service is asked whether it is ready.
const ASKED: Duration = Duration::from_millis(50);

/// A command's services.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub(super) local: &'a Local,
    pub(super) task: &'a Task,
}

impl Beside<'_> {
    /// Starts all services, and returns once they can be used.
    pub(super) async fn start(&self, cancel: &CancellationToken) -> Result<(), Fault> {
        let Task { attempt, services, environment, order, .. } = self.task;
        for service in services {
            let Some(command) = shell::command(service.run.as_deref(), &service.command) else {
                let name = &service.name;
                return Err(Fault::work(format!(
                    "service {name:?} has an image only: a local process needs `run` or `command`"
                )));
            };
            let environment = Environment::new(environment.clone()).with_all(&service.env).into_map();
            let order = Order { command, environment, ..order.clone() };
            self.local.start(&attempt.service(&service.name), order).await?;
        }
        for service in services {
            let folder = attempt.service(&service.name);
            let within = service.ready.as_ref().map(|ready| ready.within);
            tokio::select! {
                ready = self.is_ready(service, &folder) => ready?,
                () = cancel.cancelled() => return Ok(()),
                () = until(within) => {
                    let (name, within) = (&service.name, within.unwrap_or_default());
                    return Err(Fault::infrastructure(format!("service {name:?} is not ready after {within}: see its log")));
                }
            }
        }
        Ok(())
    }

    async fn is_ready(&self, service: &Service, folder: &Folder) -> Result<(), Fault> {
        loop {
            if let Standing::Ended(end) = look(folder)? {
                let last = shell::last_line(&folder.log());
                return Err(Fault::work(format!("service {:?} has ended: {end}{last}", service.name)));
            }
            match &service.ready {
                None => return Ok(()),
                Some(ready) if self.answers(ready).await => return Ok(()),
                Some(_) => tokio::time::sleep(ASKED).await,
            }
        }
    }

    async fn answers(&self, ready: &Ready) -> bool {
        if let Some(port) = ready.tcp {
            return TcpStream::connect(("localhost", port)).await.is_ok();
        }
        let Some(run) = &ready.run else { return true };
        let mut command = tokio::process::Command::new("sh");
        command.args(["-e", "-c", run]).env_clear().envs(&self.task.environment);
        command.current_dir(&self.task.order.directory).kill_on_drop(true);
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null()).status().await.is_ok_and(|status| status.success())
    }

    /// Ends whatever of them was ever started, by whichever life of this program.
    pub(super) async fn stop(&self) -> Result<(), Fault> {
        for folder in self.task.attempt.services().map_err(Fault::infrastructure)? {
            if look(&folder)? == Standing::Running {
                weir_step::stop(&folder).map_err(Fault::infrastructure)?;
            }
        }
        for folder in self.task.attempt.services().map_err(Fault::infrastructure)? {
            self.local.end(&folder).await?;
        }
        Ok(())
    }
}

/// Returns after this, or never where there is no end.
async fn until(within: Option<Span>) {
    match within {
        None => std::future::pending().await,
        Some(within) => tokio::time::sleep(within.duration()).await,
    }
}
