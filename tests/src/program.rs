//! One of Weir's programs as a child process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::eventually::{eventually, within};

/// A program that was asked to end must have ended within this time.
const END_DEADLINE: Duration = Duration::from_mins(1);

/// Path of a program of this workspace, as built by `cargo build`.
pub fn path_of(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    // A program lies in <target>/<profile>, and a test in a folder of that, `deps`.
    let mut folder = own.parent().context("a program lies in a folder")?;
    if folder.ends_with("deps") {
        folder = folder.parent().context("a test lies in a build folder")?;
    }
    let path = folder.join(name);
    if !path.is_file() {
        bail!("{} is not there: `make test` builds it, or `cargo build --workspace --bins`", path.display());
    }
    Ok(path)
}

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
    announced: Value,
}

impl Program {
    /// Starts `name` with `args`, its output and announcement in `folder`, and waits until it listens.
    pub async fn start(name: &'static str, args: &[String], folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let announce = folder.join(format!("{name}.address.json"));
        let log = folder.join(format!("{name}.log"));
        let _ = std::fs::remove_file(&announce);
        let output = File::options().create(true).append(true).open(&log)?;
        let child = Command::new(path_of(name)?)
            .args(args)
            .arg("--announce")
            .arg(&announce)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let mut program = Self { name, child, log, announced: Value::Null };
        let child = &mut program.child;
        let announced = eventually(&format!("{name} listens"), || {
            let seen = match (child.try_wait(), std::fs::read(&announce)) {
                (Ok(Some(status)), _) => Ok(Err(format!("{name} ended: {status}"))),
                (_, Ok(text)) => serde_json::from_slice(&text).map(Ok).map_err(|error| error.to_string()),
                (_, Err(error)) => Err(error.to_string()),
            };
            std::future::ready(seen)
        })
        .await;
        match announced {
            Ok(announced) => program.announced = announced,
            Err(ended) => bail!("{ended}\n{}", program.log()),
        }
        Ok(program)
    }

    /// The address that it announced under `key`, or the first of several.
    pub fn address(&self, key: &str) -> Result<std::net::SocketAddr> {
        let value = self.announced.get(key).with_context(|| format!("{} announced no {key}", self.name))?;
        let text = value.as_str().or_else(|| value.get(0).and_then(Value::as_str));
        Ok(text.with_context(|| format!("{} announced {value}", self.name))?.parse()?)
    }

    /// Everything that it printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        signal(self.child.id(), Signal::TERM)?;
        Ok(self.child.wait()?)
    }

    /// Waits for its end, without blocking what else the test does.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let name = self.name;
        let child = &mut self.child;
        let look = || {
            std::future::ready(match child.try_wait() {
                Ok(None) => Err("it runs"),
                Ok(Some(status)) => Ok(Ok(status)),
                Err(error) => Ok(Err(error)),
            })
        };
        Ok(within(END_DEADLINE, &format!("{name} ends"), look).await?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let from = lines.len().saturating_sub(40);
            let end = lines.get(from..).unwrap_or_default().join("\n   ");
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("end of {}:\n   {end}\n", self.log.display()).as_bytes(),
            );
        }
    }
}

/// Sends `signal` to a process.
pub fn signal(pid: u32, signal: Signal) -> Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).context("not a process id")?;
    Ok(kill_process(pid, signal)?)
}
