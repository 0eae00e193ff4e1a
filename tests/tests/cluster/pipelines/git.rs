//! A server of git in the cluster's network. It ends with the test; the repository stays on this machine, and is pushed to there.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;
use weir_tests::daemon::Daemon;
use weir_tests::node_sources::Sources;

use crate::installed::Installed;

/// Nobody else listens in that network.
const PORT: u16 = 9418;

/// The server.
pub(super) struct Git {
    _daemon: Daemon,
    /// What pods fetch from.
    pub(super) url: String,
}

impl Git {
    pub(super) fn serve(installed: &Installed, sources: &Sources) -> Result<Self> {
        let said = Command::new("git").arg("--exec-path").output()?;
        // Not by `git`, which would be another process before it.
        let program = PathBuf::from(String::from_utf8(said.stdout)?.trim()).join("git-daemon");
        let folder = sources.bare().parent().context("a repository is in a folder")?.display();
        let host = installed.node.address();
        let arguments = [
            "--verbose".to_owned(),
            "--export-all".to_owned(),
            "--reuseaddr".to_owned(),
            format!("--base-path={folder}"),
            format!("--listen={host}"),
            format!("--port={PORT}"),
        ];
        let address = SocketAddr::new(host.parse()?, PORT);
        let ready = |log: &str| log.contains("Ready to rumble").then_some(address);
        let own = TempDir::new()?;
        let daemon = installed.inside(|| Daemon::start(program, arguments, own, ready))?;
        let name = sources.bare().file_name().context("a repository has a name")?.display();
        Ok(Self { url: format!("git://{}/{name}", daemon.address()), _daemon: daemon })
    }
}
