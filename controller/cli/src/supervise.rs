//! Weir's other programs as child processes: started, kept running, stopped.
//!
//! All of them stay in this program's process group and end with it, so that nothing is left behind, however it ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout_at};

/// A program must say where it listens within this time.
const START_DEADLINE: Duration = Duration::from_secs(20);
/// How often the start of a program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Lines of a log that are shown when a program does not start.
const LOG_LINES: usize = 12;

/// One program that is kept running.
#[derive(Debug)]
pub(crate) struct Service {
    program: &'static str,
    path: PathBuf,
    log: PathBuf,
    announce: PathBuf,
    child: Child,
}

impl Service {
    /// Starts `program`, with its output in `<state>/logs/<program>.log`, and waits until it announces where it listens.
    pub(crate) async fn start<T: DeserializeOwned>(
        program: &'static str,
        args: &[String],
        state: &Path,
    ) -> Result<(Self, T)> {
        let path = find(program)?;
        let log = state.join("logs").join(format!("{program}.log"));
        let announce = state.join(format!("{program}.address.json"));
        let child = spawn(&path, args, &log, &announce)?;
        let mut service = Self { program, path, log, announce, child };
        let announced = service.announced().await?;
        Ok((service, announced))
    }

    /// Name of the program.
    pub(crate) fn program(&self) -> &'static str {
        self.program
    }

    /// Waits until the program ends, and says how. Cancel-safe.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.with_context(|| format!("cannot wait for {}", self.program))
    }

    /// Starts the program again, with `args` where its addresses are known by now.
    pub(crate) fn restart(&mut self, args: &[String]) -> Result<()> {
        self.child = spawn(&self.path, args, &self.log, &self.announce)?;
        Ok(())
    }

    /// Asks the program to end, and makes it end at the deadline.
    pub(crate) async fn stop(mut self, deadline: Instant) {
        if let Some(pid) = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
            // It may have ended just now: then there is nothing to do.
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout_at(deadline, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    async fn announced<T: DeserializeOwned>(&mut self) -> Result<T> {
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            if let Ok(text) = std::fs::read(&self.announce) {
                return serde_json::from_slice(&text)
                    .with_context(|| format!("{}: not an announcement", self.announce.display()));
            }
            if let Some(status) = self.child.try_wait()? {
                let said = self.last_lines();
                bail!("{} did not start: {}{}\n{said}", self.program, describe(status), hint(&said));
            }
            sleep(LOOK_EVERY).await;
        }
        bail!("{} did not start within {} s\n{}", self.program, START_DEADLINE.as_secs(), self.last_lines())
    }

    /// The end of the log, indented, for an error message.
    fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let shown = lines.iter().skip(lines.len().saturating_sub(LOG_LINES));
        let shown: Vec<_> = shown.map(|line| format!("   {line}")).collect();
        format!("{}\n   (all of it: {})", shown.join("\n"), self.log.display())
    }
}

/// Path of the program `name`: beside this one, else on PATH.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program lies")?;
    let beside = own.with_file_name(name);
    if beside.is_file() {
        return Ok(beside);
    }
    match on_path(name) {
        Some(found) => Ok(found),
        None => bail!(
            "{name} is neither beside {} nor on PATH: build it with `cargo build -p {name}`, or install Weir's programs together",
            own.display()
        ),
    }
}

/// Path of a program that is on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

fn spawn(path: &Path, args: &[String], log: &Path, announce: &Path) -> Result<Child> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let _ = std::fs::remove_file(announce);
    let output = File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    Command::new(path)
        .args(args)
        .arg("--exit-with-parent")
        .arg("--announce")
        .arg(announce)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        // A start that is interrupted leaves nothing: a program may not have got to where it ends with its parent.
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", path.display()))
}

/// What to do about the likeliest reason why a program does not start.
fn hint(said: &str) -> &'static str {
    if said.contains("Address already in use") {
        ": another program listens there: stop it, or choose other addresses with --listen, --admin and --controller"
    } else {
        ""
    }
}

/// How a program ended, in words.
pub(crate) fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it exited with code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}
