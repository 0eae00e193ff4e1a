//! A server of the distribution, as a child process with a folder of its own.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;
use weir_cluster::prerequisites;

use crate::eventually::eventually;

/// A running server. It is killed, and its data go, when this is dropped.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    address: SocketAddr,
    child: Child,
    folder: TempDir,
}

/// Path of a program of a Debian package, which is installed where that is possible; `None`, said loudly, where there is none and nobody requires it.
pub fn installed(program: &str, package: &str) -> Result<Option<PathBuf>> {
    match prerequisites::program(program, package) {
        Ok(path) => Ok(Some(path)),
        Err(error) if !prerequisites::required() => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Daemon {
    /// Starts a program in a folder, which holds what it reads. `address` finds where it listens in what it says.
    pub async fn start<S: AsRef<OsStr>>(
        program: PathBuf,
        arguments: impl IntoIterator<Item = S>,
        folder: TempDir,
        address: impl Fn(&str) -> Option<SocketAddr>,
    ) -> Result<Self> {
        let log = folder.path().join("log");
        let file = File::create(&log)?;
        let name = program.display().to_string();
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let mut this = Self { name, address: SocketAddr::from(([127, 0, 0, 1], 0)), child, folder };
        let look = || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            std::future::ready(address(&text).ok_or(text))
        };
        this.address = eventually(&format!("{} listens", this.name), look).await;
        Ok(this)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it; where it was, nothing answers any more.
    pub fn stop(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let _ = writeln!(std::io::stderr(), "{} said:\n{log}", self.name);
        }
    }
}
