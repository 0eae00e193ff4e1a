//! A registry, and images that are made and run by buildah.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::daemon::{Daemon, installed};

/// A registry, and images by buildah in a storage of the test's own.
#[derive(Debug)]
pub struct Images {
    /// The registry.
    pub registry: Daemon,
    storage: TempDir,
}

impl Images {
    /// Starts this program of a registry.
    pub async fn start(registry: PathBuf) -> Result<Self> {
        let registry = self::registry(registry, "127.0.0.1").await?;
        Ok(Self { registry, storage: TempDir::new()? })
    }

    /// buildah with arguments, in this storage.
    #[must_use]
    pub fn buildah(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        let folder = self.storage.path().display().to_string();
        command.args(["--root", &format!("{folder}/root"), "--runroot", &format!("{folder}/run")]);
        command.args(["--storage-driver", "vfs"]).args(arguments);
        command
    }

    /// The same, to its end: what it prints.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.buildah(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "buildah {arguments:?}: {said}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// An image with Node.js and nothing else, in the registry: nothing is pulled from anywhere.
    pub fn base(&self) -> Result<String> {
        let (name, context) = (format!("{}/base/node:local", self.registry.address()), TempDir::new()?);
        let root = context.path().join("root");
        let node = installed("node", "nodejs")?.context("Node.js is not installed")?;
        let node = fs::canonicalize(node)?;
        copy(&node, &root.join("usr/bin/node"))?;
        let linked = String::from_utf8(Command::new("ldd").arg(&node).output()?.stdout)?;
        for word in linked.split_whitespace().filter(|word| word.starts_with('/')) {
            copy(&fs::canonicalize(word)?, &root.join(word.trim_start_matches('/')))?;
        }
        fs::create_dir_all(root.join("tmp"))?;
        fs::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY root /\n")?;
        let folder = context.path().display().to_string();
        self.run(&["build", "--isolation", "chroot", "--tag", &name, &folder])?;
        self.run(&["push", "--tls-verify=false", &name, &format!("docker://{name}")])?;
        Ok(name)
    }
}

/// Starts this program of a registry, without TLS, on a free port of an address.
pub async fn registry(program: PathBuf, host: &str) -> Result<Daemon> {
    let folder = TempDir::new()?;
    let config = format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: data}}}}\nhttp: {{addr: '{host}:0'}}\n"
    );
    fs::write(folder.path().join("config.yml"), config)?;
    let address = |log: &str| {
        let rest = log.split_once("listening on ")?.1;
        rest.split('"').next()?.parse::<SocketAddr>().ok()
    };
    Daemon::start(program, ["serve", "config.yml"], folder, address).await
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}
