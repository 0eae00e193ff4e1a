//! The demo's users: `weir-load` as a child process, and what it counted so far.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::example;
use crate::supervise;

/// Requests that users sent since the traffic began, and those of them that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Totals {
    /// Requests that ended.
    pub(super) completed: u64,
    /// Those that did not end in an answer below status 400.
    pub(super) errors: u64,
    /// Requests that were due and could not be sent.
    pub(super) unsent: u64,
}

/// One line of progress, as far as the demo reads it.
#[derive(Debug, Deserialize)]
struct Second {
    total: Totals,
}

/// Running traffic.
#[derive(Debug)]
pub(super) struct Traffic {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    totals: Totals,
}

impl Traffic {
    /// Starts `rate` requests per second to the sample service behind `proxy`.
    /// What it says goes to `log`: a terminal's Ctrl-C reaches it as well, and its own report is nothing that anybody asked for.
    pub(super) fn start(proxy: SocketAddr, rate: u32, log: &Path) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let path = supervise::find("weir-load")?;
        let mut child = Command::new(&path)
            .arg("run")
            .arg(format!("http://{proxy}{}/flags", example::PATH))
            .args(["--host", example::HOST])
            .args(["--rate", &rate.to_string()])
            .args(["--duration", "24h"])
            .args(["--progress", "json"])
            .arg("--exit-with-parent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", path.display()))?;
        let output = child.stdout.take().context("weir-load has no output")?;
        Ok(Self { child, lines: BufReader::new(output).lines(), totals: Totals::default() })
    }

    /// Waits for the next line of progress; an error once the traffic has ended. Cancel-safe.
    pub(super) async fn progress(&mut self) -> Result<Totals> {
        let line = self.lines.next_line().await.context("cannot read the progress of weir-load")?;
        let line = line.context("weir-load ended early")?;
        let second: Second = serde_json::from_str(&line).with_context(|| format!("not progress: {line}"))?;
        self.totals = second.total;
        Ok(self.totals)
    }

    /// What it counted so far.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Ends the traffic at once.
    pub(super) async fn stop(mut self) {
        // Ends by itself with this process: nothing to tell where it is gone already.
        let _ = self.child.kill().await;
    }
}
