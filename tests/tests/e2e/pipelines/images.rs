//! A registry, and images that are made and run by buildah.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use weir_tests::daemon::{Daemon, installed};

use super::fixture::text;

/// A registry, and images by buildah in a storage of the test's own.
pub(super) struct Images {
    pub(super) registry: Daemon,
    storage: TempDir,
}

impl Images {
    pub(super) async fn start(registry: PathBuf) -> Self {
        let folder = TempDir::new().unwrap();
        let config =
            "version: 0.1\nstorage: {filesystem: {rootdirectory: data}}\nhttp: {addr: '127.0.0.1:0'}\n";
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let address = |log: &str| {
            let rest = log.split_once("listening on ")?.1;
            rest.split('"').next()?.parse::<SocketAddr>().ok()
        };
        let registry = Daemon::start(registry, ["serve", "config.yml"], folder, address).await.unwrap();
        Self { registry, storage: TempDir::new().unwrap() }
    }

    pub(super) fn buildah(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("buildah");
        let folder = self.storage.path().display().to_string();
        command.args(["--root", &format!("{folder}/root"), "--runroot", &format!("{folder}/run")]);
        command.args(["--storage-driver", "vfs"]).args(arguments);
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let output = self.buildah(arguments).output().unwrap();
        assert!(output.status.success(), "buildah {arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// An image with Node.js and nothing else, in the registry: nothing is pulled from anywhere.
    pub(super) fn base(&self) -> String {
        let (name, context) =
            (format!("{}/base/node:local", self.registry.address()), TempDir::new().unwrap());
        let root = context.path().join("root");
        let node = fs::canonicalize(installed("node", "nodejs").unwrap().unwrap()).unwrap();
        copy(&node, &root.join("usr/bin/node"));
        let linked = Command::new("ldd").arg(&node).output().unwrap();
        for word in
            String::from_utf8(linked.stdout).unwrap().split_whitespace().filter(|word| word.starts_with('/'))
        {
            copy(&fs::canonicalize(word).unwrap(), &root.join(word.trim_start_matches('/')));
        }
        fs::create_dir_all(root.join("tmp")).unwrap();
        fs::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY root /\n").unwrap();
        let folder = context.path().display().to_string();
        self.run(&["build", "--isolation", "chroot", "--tag", &name, &folder]);
        self.run(&["push", "--tls-verify=false", &name, &format!("docker://{name}")]);
        name
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}
