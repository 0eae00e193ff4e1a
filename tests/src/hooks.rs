//! `weir pipeline serve` in a folder, told of pushes as GitHub tells of them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::client::{Answer, Client};
use crate::github::Push;
use crate::program::path_of;

/// The running command. It is killed when this is dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    hooks: SocketAddr,
}

impl Served {
    /// Serves the pipelines of `.weir` with the secrets of `secrets`, and with more arguments.
    pub fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(path_of("weir")?);
        command.args(["pipeline", "serve", "--pipelines", ".weir", "--secrets", "secrets"]);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).current_dir(folder).env("USER", "ann");
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("it has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next());
        let hooks = address.with_context(|| format!("where are web hooks? {line}"))?.parse()?;
        Ok(Self { child, hooks })
    }

    /// Tells of a push: the status of the answer, and what it says.
    pub async fn tell(&self, push: Push<'_>, delivery: &str, secret: &str) -> Result<(u16, Value)> {
        let answer = ask(self.hooks, &push.request(delivery, secret)).await?;
        Ok((answer.status, serde_json::from_str(&answer.body)?))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// One request and its answer.
pub async fn ask(address: SocketAddr, request: &str) -> std::io::Result<Answer> {
    let mut client = Client::connect(address).await?;
    client.send(request).await?;
    client.answer().await?.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}
