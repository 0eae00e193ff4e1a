//! The supervisor: it furnishes the namespaces, starts the programs of the cluster and keeps them running.
//!
//! It lives as long as its standard input is open. Everything that it writes lies on file systems of its own mount namespace, but for the
//! logs and the credentials in the cluster's folder.

mod certificates;
mod configuration;
mod mounts;
mod network;
mod programs;
mod supervisor;

use std::ffi::OsString;
use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::control::{Answer, Component, Request};
use crate::image;
pub(crate) use configuration::{ADMIN, CONTAINERD};
pub(crate) use mounts::{BINARIES, OUTSIDE, PRIVATE, REGISTRIES};
pub(crate) use network::{API_SERVER, NODE_ADDRESS};
use supervisor::Supervisor;

/// Name of the only node.
pub const NODE: &str = "weir";
/// File in the cluster's folder with what pods asked of the API server.
pub(crate) const AUDIT: &str = "audit.log";

/// An API server or a node that is not ready after this time is not going to be.
const READY_DEADLINE: Duration = Duration::from_mins(2);

/// Where a cluster touches what is outside.
#[derive(Debug, Clone, clap::Args)]
pub struct Site {
    /// Folder for credentials and logs.
    pub folder: PathBuf,
    /// Control group of the pods.
    pub cgroup: String,
    /// Where the API server is reached from outside.
    pub relay: SocketAddr,
}

impl Site {
    /// As arguments of a subcommand that takes it.
    #[must_use]
    pub fn arguments(&self) -> [OsString; 3] {
        [self.folder.clone().into(), self.cgroup.clone().into(), self.relay.to_string().into()]
    }
}

/// Starts the cluster, and does what standard input asks until that ends.
pub fn run(site: &Site) -> Result<()> {
    let requests = requests();
    let mut supervisor = match start(site) {
        Ok(supervisor) => supervisor,
        Err(error) => return Answer::Failed(format!("{error:#}")).send(),
    };
    Answer::Done.send()?;
    loop {
        match requests.recv_timeout(supervisor::LOOK_EVERY) {
            Ok(request) => {
                let done = supervisor.act(request);
                done.map_or_else(|error| Answer::Failed(format!("{error:#}")), |()| Answer::Done).send()?;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => supervisor.revive()?,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn start(site: &Site) -> Result<Supervisor> {
    mounts::furnish(&site.folder)?;
    network::lay()?;
    configuration::write(site)?;
    let mut supervisor = Supervisor::new();
    for component in [Component::Etcd, Component::Containerd, Component::ApiServer] {
        supervisor.start(component)?;
    }
    import_pause()?;
    api_is_ready(&mut supervisor)?;
    for component in
        [Component::ControllerManager, Component::Scheduler, Component::Kubelet, Component::KubeProxy]
    {
        supervisor.start(component)?;
    }
    node_is_ready(&mut supervisor)?;
    Ok(supervisor)
}

/// The image that holds every pod's namespaces. containerd may still be starting.
fn import_pause() -> Result<()> {
    let archive = format!("{BINARIES}/{}", image::PAUSE_ARCHIVE);
    let end = Instant::now() + READY_DEADLINE;
    loop {
        let import = image::command("import").arg(&archive).output().context("cannot start ctr")?;
        if import.status.success() {
            return Ok(());
        }
        if Instant::now() > end {
            let log = Supervisor::log(Component::Containerd);
            bail!(
                "containerd takes no image: {}\nend of its log:\n{log}",
                String::from_utf8_lossy(&import.stderr)
            );
        }
        std::thread::sleep(supervisor::LOOK_EVERY);
    }
}

/// Waits until the API server says that it is ready.
fn api_is_ready(supervisor: &mut Supervisor) -> Result<()> {
    let ready = ["get", "--raw", "/readyz"];
    until(supervisor, Component::ApiServer, &ready, |said| said == "ok")
}

fn node_is_ready(supervisor: &mut Supervisor) -> Result<()> {
    let conditions = "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}";
    let node = ["get", "node", NODE, "-o", conditions];
    until(supervisor, Component::Kubelet, &node, |said| said == "True")
}

fn until(
    supervisor: &mut Supervisor,
    component: Component,
    question: &[&str],
    is_answer: impl Fn(&str) -> bool,
) -> Result<()> {
    let end = Instant::now() + READY_DEADLINE;
    loop {
        let mut kubectl = Command::new(format!("{BINARIES}/kubectl"));
        kubectl.args(["--kubeconfig", configuration::ADMIN, "--cache-dir", "/var/cache/kubectl"]);
        let output = kubectl.args(question).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && is_answer(&said) {
            return Ok(());
        }
        if Instant::now() > end {
            let error = String::from_utf8_lossy(&output.stderr);
            let log = Supervisor::log(component);
            bail!("{component} is not ready: {question:?} gives {said:?} {error}\nend of its log:\n{log}");
        }
        supervisor.revive()?;
        std::thread::sleep(supervisor::LOOK_EVERY);
    }
}

/// Requests as they come. When there can be no more, this process ends at once, whatever it is doing.
fn requests() -> mpsc::Receiver<Request> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if let Ok(request) = serde_json::from_str(&line)
                && sender.send(request).is_err()
            {
                break;
            }
        }
        std::process::exit(0);
    });
    receiver
}
