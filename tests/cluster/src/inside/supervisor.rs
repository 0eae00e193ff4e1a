//! The programs of the cluster as child processes. One that ends unasked is started again, as on any node; one that a test ended stays so.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::{OUTSIDE, api_is_ready, programs};
use crate::control::{Action, Component, Request};

/// Time between two looks at what runs.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A program that cannot stay up is not started more often than this.
const REVIVE_AFTER: Duration = Duration::from_secs(1);

/// Lines of a log that an error shows.
const LOG_LINES: usize = 15;

/// The programs that shall run, and their processes.
#[derive(Debug)]
pub(crate) struct Supervisor {
    running: BTreeMap<Component, Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    since: Instant,
}

impl Supervisor {
    /// Nothing runs yet.
    pub(crate) fn new() -> Self {
        Self { running: BTreeMap::new() }
    }

    /// Starts a component, unless it runs.
    pub(crate) fn start(&mut self, component: Component) -> Result<()> {
        if self.running.contains_key(&component) {
            return Ok(());
        }
        let path = log_path(component);
        let log = File::options().create(true).append(true).open(&path).context(path)?;
        let mut command = programs::command(component);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {component}"))?;
        self.running.insert(component, Running { child, since: Instant::now() });
        Ok(())
    }

    /// Starts again what ended unasked.
    pub(crate) fn revive(&mut self) -> Result<()> {
        let mut ended = Vec::new();
        for (component, running) in &mut self.running {
            if running.since.elapsed() >= REVIVE_AFTER && running.child.try_wait()?.is_some() {
                ended.push(*component);
            }
        }
        for component in ended {
            self.running.remove(&component);
            self.start(component)?;
        }
        Ok(())
    }

    /// Does what a test asks.
    pub(crate) fn act(&mut self, request: Request) -> Result<()> {
        let component = request.component;
        match request.action {
            Action::Kill => self.end(component, Signal::KILL),
            Action::Terminate => self.end(component, Signal::TERM),
            Action::Freeze => self.signal(component, Signal::STOP),
            Action::Thaw => self.signal(component, Signal::CONT),
            Action::Start => {
                self.start(component)?;
                if component == Component::ApiServer { api_is_ready(self) } else { Ok(()) }
            }
        }
    }

    /// The end of what a component printed.
    pub(crate) fn log(component: Component) -> String {
        let log = std::fs::read_to_string(log_path(component)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }

    fn end(&mut self, component: Component, signal: Signal) -> Result<()> {
        self.signal(component, signal)?;
        if let Some(mut running) = self.running.remove(&component) {
            running.child.wait()?;
        }
        Ok(())
    }

    fn signal(&self, component: Component, signal: Signal) -> Result<()> {
        let running = self.running.get(&component).with_context(|| format!("{component} does not run"))?;
        let pid =
            i32::try_from(running.child.id()).ok().and_then(Pid::from_raw).context("not a process id")?;
        Ok(kill_process(pid, signal)?)
    }
}

fn log_path(component: Component) -> String {
    format!("{OUTSIDE}/{component}.log")
}
