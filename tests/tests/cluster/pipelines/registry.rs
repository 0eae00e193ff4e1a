//! A registry in the cluster's network, without TLS.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use weir_cluster::Image;
use weir_tests::daemon::{Daemon, installed as program};
use weir_tests::images::registry;

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
        let daemon = installed.inside(|| registry(program, installed.node.address()))?;
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
