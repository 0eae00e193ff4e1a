//! A registry in the cluster's network, without TLS.

use std::fs;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use tempfile::TempDir;
use weir_cluster::Image;
use weir_tests::daemon::{Daemon, installed as program};

use super::ci_image;
use crate::installed::Installed;

/// The server.
pub(super) struct Registry {
    daemon: Daemon,
    /// An image in it with Node.js and nothing else.
    pub(super) base: String,
}

impl Registry {
    /// One that has only its base.
    pub(super) fn start(installed: &Installed) -> Result<Self> {
        let program = program("docker-registry", "docker-registry")?.context("there is no registry")?;
        let folder = TempDir::new()?;
        let host = installed.node.address();
        let config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: data}}}}\nhttp: {{addr: '{host}:0'}}\n"
        );
        fs::write(folder.path().join("config.yml"), config)?;
        let address = |log: &str| {
            let rest = log.split_once("listening on ")?.1;
            rest.split('"').next()?.parse::<SocketAddr>().ok()
        };
        let daemon = installed.inside(|| Daemon::start(program, ["serve", "config.yml"], folder, address))?;
        let base = format!("{}/base/node:1", daemon.address());
        let image = Image::furnished("weir.test/node:1", &[], installed.node.folder(), ci_image::node_alone)?;
        installed.inside(|| async { image.push(&base) })?;
        Ok(Self { daemon, base })
    }

    /// Where it listens, for pods and for threads inside.
    pub(super) fn address(&self) -> SocketAddr {
        self.daemon.address()
    }
}
