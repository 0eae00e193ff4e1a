//! The one node of a cluster on this machine: its network, its namespaces, its images.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::guard::{self, leftovers};
use crate::image::Root;
use crate::inside::{ADMIN, AUDIT, BINARIES, NODE_ADDRESS, OUTSIDE, REGISTRIES};
use crate::{Image, image};

/// Locked, in the cluster's folder, by who gives an image to the node.
const IMPORTS: &str = "imports.lock";

/// A node on this machine, whoever started it.
#[derive(Debug)]
pub struct Node {
    folder: PathBuf,
    init: u32,
}

impl Node {
    pub(super) const fn new(folder: PathBuf, init: u32) -> Self {
        Self { folder, init }
    }

    /// The node of the running cluster `id`, or of the only one.
    pub fn find(id: Option<u32>) -> Result<Self> {
        let cluster = leftovers::find(id)?;
        let init = cluster.init.context("the cluster is not ready yet")?;
        Ok(Self::new(cluster.folder, init))
    }

    /// The node whose cluster has these credentials, if it runs here.
    pub(super) fn of(kubeconfig: &Path) -> Option<Self> {
        let folder = kubeconfig.parent()?;
        let cluster = leftovers::running().into_iter().find(|cluster| cluster.folder == folder)?;
        Some(Self::new(cluster.folder, cluster.init?))
    }

    /// Logs of the cluster's components and credentials; gone with the cluster.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same folder as commands inside and volumes of pods have it: on disk, and seen by the test too.
    #[must_use]
    pub fn folder_inside(&self) -> &Path {
        Path::new(OUTSIDE)
    }

    /// Its address in the cluster's network. Pods reach what listens there.
    #[must_use]
    pub const fn address(&self) -> &'static str {
        NODE_ADDRESS
    }

    /// What pods have asked of the API server so far: audit events, one in a line of JSON each.
    #[must_use]
    pub fn audit(&self) -> String {
        std::fs::read_to_string(self.folder.join(AUDIT)).unwrap_or_default()
    }

    /// Credentials that work on a thread inside.
    #[must_use]
    pub fn kubeconfig_inside(&self) -> PathBuf {
        self.folder.join("inside.kubeconfig")
    }

    /// The network in which pods and Services are reached.
    pub fn network(&self) -> Result<Network> {
        let path = guard::network_namespace(self.init);
        Ok(Network(File::open(&path).with_context(|| path.display().to_string())?))
    }

    /// `program`, to be run in all of the node's namespaces, with credentials in `KUBECONFIG` and kubectl on its path. Of the machine's files
    /// it sees neither /tmp nor /run nor /var.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--net", "--mount", "--pid", "--target", &self.init.to_string(), "--", program]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("KUBECONFIG", ADMIN).env("PATH", format!("{BINARIES}:{path}"));
        command
    }

    /// Makes an image of `program` known to the node, and says what pods call it.
    pub fn load(&self, program: &Path) -> Result<String> {
        self.import(&Image::of(program, &self.folder)?)
    }

    /// The same under a name that a test's manifests ask for.
    pub fn load_as(&self, name: &str, program: &Path) -> Result<String> {
        self.import(&Image::named(name, program, &[], &self.folder)?)
    }

    /// The same by the Dockerfile of this workspace.
    pub fn load_by_dockerfile(&self, name: &str, program: &Path) -> Result<String> {
        self.import(&Image::by_dockerfile(name, program, &self.folder)?)
    }

    /// The same with an environment: one program as several versions.
    pub fn load_version(&self, name: &str, program: &Path, environment: &[(&str, &str)]) -> Result<String> {
        self.import(&Image::named(name, program, environment, &self.folder)?)
    }

    /// The same of whatever `furnish` puts into it.
    pub fn load_furnished(
        &self,
        name: &str,
        environment: &[(&str, &str)],
        furnish: impl FnOnce(&Root) -> Result<()>,
    ) -> Result<String> {
        self.import(&Image::furnished(name, environment, &self.folder, furnish)?)
    }

    /// Lets pods have images of a registry without TLS: `10.0.0.1:5000`.
    pub fn trust(&self, registry: &str) -> Result<()> {
        let script = r#"mkdir -p "$1/$2" && printf '[host."http://%s"]\ncapabilities = ["pull", "resolve"]\n' "$2" > "$1/$2/hosts.toml""#;
        let mut command = self.command("sh");
        finish(command.args(["-ec", script, "trust", REGISTRIES, registry]), registry)
    }

    /// One at a time, whoever asks: containerd drops what is known by a name when the name is given to another, be it unpacked or not.
    fn import(&self, image: &Image) -> Result<String> {
        let turn = File::create(self.folder.join(IMPORTS)).context("cannot lock the node's images")?;
        turn.lock().context("cannot lock the node's images")?;
        let mut command = self.ctr("import");
        finish(command.arg("-").stdin(File::open(image.archive())?), image.name())?;
        Ok(image.name().to_owned())
    }

    fn ctr(&self, action: &str) -> Command {
        let ctr = image::command(action);
        let mut command = self.command(&ctr.get_program().to_string_lossy());
        command.args(ctr.get_args());
        command
    }
}

fn finish(command: &mut Command, image: &str) -> Result<()> {
    let output = command.output().context("cannot start nsenter")?;
    if !output.status.success() {
        bail!("the node does not take {image}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// A network namespace, held open.
#[derive(Debug)]
pub struct Network(File);

impl Network {
    /// Moves the calling thread into it, for good. Other threads stay where they are.
    pub fn enter(&self) -> Result<()> {
        move_into_link_name_space(self.0.as_fd(), Some(LinkNameSpaceType::Network))
            .context("cannot enter the cluster's network")
    }
}
