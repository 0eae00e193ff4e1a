//! A command that serves until it is killed, and says first where.

use std::ffi::OsStr;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::program::path_of;

/// A running `weir COMMAND`; killed when it is dropped.
#[derive(Debug)]
pub struct Serving {
    /// What it said first.
    said: String,
    _child: Child,
}

impl Serving {
    /// Starts it, and waits until it says where it serves.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> anyhow::Result<Self> {
        let mut child = Command::new(path_of("weir")?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| io::Error::other("it has no output"))?;
        let mut said = String::new();
        BufReader::new(out).read_line(&mut said).await?;
        Ok(Self { said, _child: child })
    }

    /// The address that it said after these words.
    ///
    /// # Errors
    /// It said none.
    pub fn address(&self, after: &str) -> anyhow::Result<SocketAddr> {
        let rest = self.said.split_once(after).map(|(_, rest)| rest);
        let address = rest.and_then(|rest| rest.split([',', '\n', '"']).next()?.parse().ok());
        address.with_context(|| format!("it said {:?}", self.said))
    }
}
