//! How each peer is configured and changed.
//!
//! Each file turns a [`Site`] into the text of one proxy's configuration. They are equivalent: one worker, kept-alive upstream
//! connections, X-Forwarded-For and -Proto added, no access log; with TLS 1.3, AES-256-GCM and X25519 alone.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::Bench;
use crate::peer::Peer;
use crate::process::{Cpus, Program, Running};
use crate::site::Site;

mod envoy;
mod haproxy;
mod nginx;
mod pingora;
mod relay;
mod weir;

/// Where one instance of a peer is put.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// What the bench holds ready.
    pub(crate) bench: &'a Bench,
    /// The peer's program.
    pub(crate) program: &'a Path,
    /// A folder of its own.
    pub(crate) folder: &'a Path,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where it sends requests, and where the tenth of a split.
    pub(crate) upstreams: [SocketAddr; 2],
}

impl Place<'_> {
    /// Writes a file of the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Replaces a file at once, so that nobody reads half of it.
    pub(crate) fn replace(&self, name: &str, text: &str) -> Result<()> {
        let new = self.folder.with_extension("new");
        std::fs::write(&new, text)?;
        Ok(std::fs::rename(new, self.folder.join(name))?)
    }
}

impl Peer {
    /// Writes its configuration for `site`; `None` when it has none for that.
    pub(crate) fn configure(self, place: &Place<'_>, site: Site) -> Result<Option<Program>> {
        let program = match self {
            Self::Direct => None,
            Self::Relay => relay::program(place, site),
            Self::Nginx => Some(nginx::program(place, site)?),
            Self::Haproxy => Some(haproxy::program(place, site)?),
            Self::Envoy => Some(envoy::program(place, site)?),
            Self::Pingora => pingora::program(place, site),
            Self::Weir => Some(weir::program(place, site)?),
        };
        Ok(program)
    }

    /// Changes its configuration while it runs, for the `time`-th time. `false` when it has no way to.
    pub(crate) fn reload(self, place: &Place<'_>, running: &Running, time: u32) -> Result<bool> {
        match self {
            Self::Nginx => nginx::reload(running)?,
            Self::Haproxy => haproxy::reload(running)?,
            Self::Envoy => envoy::reload(place, time)?,
            Self::Weir => weir::reload(place, time)?,
            Self::Direct | Self::Relay | Self::Pingora => return Ok(false),
        }
        Ok(true)
    }
}

/// The `step`-th of many small changes of Weir's manifests, or, not `seen`, of a copy that nobody reads.
pub(crate) fn churn(place: &Place<'_>, step: u32, seen: bool) -> Result<()> {
    weir::churn(place, step, seen)
}

/// The host and path that the `step`-th of them makes known.
pub(crate) fn churned(step: u32) -> (String, String) {
    weir::churned(step)
}

/// The CPUs of a proxy with so many workers.
fn cpus(site: Site) -> Cpus {
    if site.workers > 1 { Cpus::Both } else { Cpus::Proxy }
}
