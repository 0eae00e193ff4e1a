//! Processes that are pinned, that end with the bench whatever happens to it, and whose whole tree is one process group.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// Process groups that run, for [`kill_all`].
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Time that a program has to end after it was asked to.
const END_PATIENCE: Duration = Duration::from_secs(4);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// CPUs that a process may use, as `taskset` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cpus {
    /// The first: the proxy's.
    Proxy,
    /// The second: generator's and backend's.
    Load,
    /// Both.
    Both,
}

impl Cpus {
    fn list(self) -> &'static str {
        match self {
            Self::Proxy => "0",
            Self::Load => "1",
            Self::Both => "0,1",
        }
    }
}

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    args: Vec<String>,
    envs: Vec<(String, String)>,
    cpus: Cpus,
    wrapper: Vec<String>,
}

impl Program {
    /// `path` on `cpus`.
    pub(crate) fn new(path: &Path, cpus: Cpus) -> Self {
        Self { path: path.to_owned(), args: Vec::new(), envs: Vec::new(), cpus, wrapper: Vec::new() }
    }

    /// More arguments.
    pub(crate) fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// A variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.envs.push((name.to_owned(), value.into()));
        self
    }

    /// Runs it under another program, such as `strace -c`.
    pub(crate) fn under(mut self, wrapper: &[String]) -> Self {
        self.wrapper = wrapper.to_vec();
        self
    }

    /// `setpriv` has the kernel end it with the thread that starts it; each of the words in front replaces itself by the next.
    fn command(&self) -> Command {
        let mut words = vec!["setpriv", "--pdeathsig", "TERM", "taskset", "-c", self.cpus.list()];
        if rustix::process::geteuid().is_root() {
            words.extend(["nice", "-n", "-19"]);
        }
        words.extend(self.wrapper.iter().map(String::as_str));
        let mut command = Command::new(words.remove(0));
        command.args(words).arg(&self.path).args(&self.args).envs(self.envs.iter().map(|(k, v)| (k, v)));
        command.process_group(0).stdin(Stdio::null());
        command
    }

    /// Starts it; what it says goes to the file `log`.
    pub(crate) fn start(&self, log: &Path) -> Result<Running> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        let mut command = self.command();
        command.stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let group = Pid::from_child(&child);
        groups(|groups| groups.push(group));
        Ok(Running { child, group, log: log.to_owned() })
    }

    /// Runs it to its end.
    pub(crate) fn output(&self) -> Result<Output> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        let group = Pid::from_child(&child);
        groups(|groups| groups.push(group));
        let output = child.wait_with_output();
        groups(|groups| groups.retain(|it| *it != group));
        Ok(output?)
    }
}

/// A started process and its descendants; they are killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    group: Pid,
    log: PathBuf,
}

impl Running {
    /// The process that was started, which leads the group.
    pub(crate) fn pid(&self) -> Pid {
        self.group
    }

    /// An error with what it said last, when it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("ended with {status}: {}", self.last_words());
        }
        Ok(())
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
    }

    /// Asks the group to end, first politely; what it logged.
    pub(crate) fn end(mut self) -> Result<String> {
        for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
            let _ = kill_process_group(self.group, signal);
            let until = Instant::now() + END_PATIENCE;
            while Instant::now() < until {
                if self.child.try_wait()?.is_some() {
                    return Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned());
                }
                std::thread::sleep(LOOK_EVERY);
            }
        }
        bail!("it does not end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to kill.
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
        groups(|groups| groups.retain(|it| *it != self.group));
    }
}

/// Kills everything that was started.
pub(crate) fn kill_all() {
    groups(|groups| {
        for group in groups.drain(..) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    });
}

/// An address that nobody listened on a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

fn groups(change: impl FnOnce(&mut Vec<Pid>)) {
    change(&mut GROUPS.lock().unwrap_or_else(PoisonError::into_inner));
}
