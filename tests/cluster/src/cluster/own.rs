//! A cluster that this process started: its processes and their faults.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use super::Node;
use crate::control::{Action, Announcement, Answer, Component, Request};
use crate::{binaries, prerequisites, program};

/// Time between two looks at whether the guard is there.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A cluster of our own. It ends with this value; the guard sees to it that it also ends with this process.
#[derive(Debug)]
pub struct Own {
    guard: Child,
    lines: Mutex<Option<Pipes>>,
    announcement: Announcement,
}

#[derive(Debug)]
struct Pipes {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Own {
    pub(super) fn start() -> Result<Self> {
        prerequisites::ensure()?;
        binaries::build()?;
        let mut command = Command::new(program::built("weir-cluster")?);
        // A group of its own, so that Ctrl-C in a terminal reaches the starter only, and the guard can clean up.
        command.arg("guard").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guard = command.spawn().context("cannot start the guard")?;
        let (requests, answers) =
            guard.stdin.take().zip(guard.stdout.take()).context("the guard has two pipes")?;
        let mut pipes = Pipes { requests, answers: BufReader::new(answers) };
        match pipes.answer() {
            Ok(Answer::Running(announcement)) => {
                Ok(Self { guard, lines: Mutex::new(Some(pipes)), announcement })
            }
            other => {
                drop(pipes);
                guard.wait()?;
                match other? {
                    Answer::Failed(reason) => bail!("the cluster does not start: {reason}"),
                    Answer::Done | Answer::Running(_) => bail!("the guard says that nothing is to be done"),
                }
            }
        }
    }

    /// Where its logs are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.announcement.folder
    }

    pub(super) fn node(&self) -> Node {
        Node::new(self.announcement.folder.clone(), self.announcement.init)
    }

    /// Process id of the guard.
    #[must_use]
    pub fn guard(&self) -> u32 {
        self.guard.id()
    }

    /// Waits for Ctrl-C, SIGTERM or the cluster's own end.
    pub fn until_it_ends(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let guard = format!("/proc/{}", self.guard());
        runtime.block_on(async {
            let mut terminated = signal(SignalKind::terminate())?;
            let gone = async {
                // A process that nobody waits for keeps its folder, but no program in it.
                while std::fs::read_link(format!("{guard}/exe")).is_ok() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            };
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted?,
                _ = terminated.recv() => {}
                () = gone => {}
            }
            Ok(())
        })
    }

    /// The handle for faults of one component.
    #[must_use]
    pub const fn component(&self, component: Component) -> Handle<'_> {
        Handle { cluster: self, component }
    }

    fn ask(&self, request: Request) -> Result<()> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = lines.as_mut().context("the cluster has ended")?;
        let line = serde_json::to_string(&request)?;
        writeln!(pipes.requests, "{line}").context("the guard is gone")?;
        match pipes.answer()? {
            Answer::Done => Ok(()),
            Answer::Failed(reason) => bail!("{:?} of {}: {reason}", request.action, request.component),
            Answer::Running(_) => bail!("the guard announces a second cluster"),
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Without its pipe the guard ends the cluster, and then itself.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.guard.wait();
    }
}

impl Pipes {
    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() {
            bail!("the cluster has ended; its guard wrote the reason to standard error, if it had one");
        }
        Ok(serde_json::from_str(&line)?)
    }
}

/// What can be done to one component.
#[derive(Debug, Clone, Copy)]
pub struct Handle<'a> {
    cluster: &'a Own,
    component: Component,
}

impl Handle<'_> {
    /// SIGKILL; it stays dead until [`Handle::start`].
    pub fn kill(&self) -> Result<()> {
        self.act(Action::Kill)
    }

    /// SIGTERM, and waits until it has ended; it stays down until [`Handle::start`].
    pub fn terminate(&self) -> Result<()> {
        self.act(Action::Terminate)
    }

    /// SIGSTOP: connections stay open, and nothing answers.
    pub fn freeze(&self) -> Result<()> {
        self.act(Action::Freeze)
    }

    /// SIGCONT.
    pub fn thaw(&self) -> Result<()> {
        self.act(Action::Thaw)
    }

    /// Starts it again; the API server is ready afterwards.
    pub fn start(&self) -> Result<()> {
        self.act(Action::Start)
    }

    /// What it printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        let path = self.cluster.folder().join(format!("{}.log", self.component));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn act(&self, action: Action) -> Result<()> {
        self.cluster.ask(Request { component: self.component, action })
    }
}
