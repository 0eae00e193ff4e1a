//! A cluster as a test holds it.

mod node;
mod own;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

pub use node::{Network, Node};
pub use own::{Handle, Own};

use crate::prerequisites::{self, Missing};

/// A Kubernetes cluster: one of our own, or the one that `KUBECONFIG` names.
#[derive(Debug)]
pub struct Cluster {
    kubeconfig: PathBuf,
    node: Option<Node>,
    own: Option<Own>,
}

impl Cluster {
    /// The cluster of `KUBECONFIG`, or else a fresh one, with its node ready. It is gone with this value, and with this process at the latest.
    pub fn start() -> Result<Self> {
        match std::env::var_os("KUBECONFIG").filter(|path| !path.is_empty()) {
            Some(path) => {
                let kubeconfig = PathBuf::from(path);
                Ok(Self { node: Node::of(&kubeconfig), kubeconfig, own: None })
            }
            None => Self::fresh(),
        }
    }

    /// A fresh one, whatever `KUBECONFIG` says.
    pub fn fresh() -> Result<Self> {
        let own = Own::start()?;
        Ok(Self { kubeconfig: own.folder().join("kubeconfig"), node: Some(own.node()), own: Some(own) })
    }

    /// One cluster for all tests of this process, started by the first that asks. `None` on a machine that cannot run one: the test says so
    /// and passes, except where a cluster is required.
    ///
    /// # Panics
    /// When it does not start although it could, or is required (see [`prerequisites::required`]).
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Self::start().map_err(|error| reason(&error)));
        match started {
            Ok(cluster) => Some(cluster),
            Err(reason) if reason.starts_with(SKIPPED) => {
                skip(reason);
                None
            }
            Err(reason) => fail(reason),
        }
    }

    /// Credentials that work outside.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// kubectl for this cluster, run outside.
    pub fn kubectl<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<String> {
        let mut command = match &self.node {
            Some(node) => {
                let mut command = Command::new(crate::binaries::folder()?.join("kubectl"));
                command.arg("--cache-dir").arg(node.folder().join("kubectl"));
                command
            }
            None => Command::new("kubectl"),
        };
        // It ends before its garbage would be worth collecting: a fifth of its CPU.
        command.env("GOGC", "off").env("KUBECONFIG", &self.kubeconfig).args(arguments);
        let output = command.output().context("cannot start kubectl")?;
        if !output.status.success() {
            bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The node, if the cluster runs on this machine: the one of this process, or one of `make cluster` that `KUBECONFIG` names.
    #[must_use]
    pub const fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// The same for a test that needs it: without, it says loudly that it does not run.
    #[must_use]
    pub fn node_or_skip(&self, needs: &str) -> Option<&Node> {
        if self.node.is_none() {
            skip(&format!("{SKIPPED}: it needs {needs}, which the cluster of KUBECONFIG does not offer"));
        }
        self.node()
    }

    /// What only a cluster of this process has: faults.
    #[must_use]
    pub const fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    /// The same for a test that needs it: without, it says loudly that it does not run.
    #[must_use]
    pub fn own_or_skip(&self, needs: &str) -> Option<&Own> {
        if self.own.is_none() {
            skip(&format!("{SKIPPED}: it needs {needs}, and KUBECONFIG names another's cluster"));
        }
        self.own()
    }

    /// Runs `f` on a thread from which pods and Services are reached: in the cluster's network, if it has one of its own. Sockets that the
    /// thread makes stay inside, so a runtime for it has one thread.
    pub fn thread<T: Send>(&self, f: impl FnOnce() -> T + Send) -> Result<T> {
        let network = self.node.as_ref().map(Node::network).transpose()?;
        let thread = move || {
            if let Some(network) = network {
                network.enter()?;
            }
            Ok(f())
        };
        std::thread::scope(|scope| scope.spawn(thread).join().map_err(|_| anyhow!("the thread panicked"))?)
    }
}

const SKIPPED: &str = "SKIPPED";

fn reason(error: &anyhow::Error) -> String {
    if error.is::<Missing>() && !prerequisites::required() {
        format!("{SKIPPED}: {error}")
    } else {
        format!("{error:#}")
    }
}

/// Past the test harness, which hides what passing tests print.
fn skip(reason: &str) {
    let thread = std::thread::current();
    let _ = writeln!(std::io::stderr(), "{}: {reason}", thread.name().unwrap_or("a test"));
}

#[expect(clippy::panic, reason = "a test that cannot run where it must is a failure")]
fn fail(reason: &str) -> ! {
    panic!("no cluster: {reason}")
}
