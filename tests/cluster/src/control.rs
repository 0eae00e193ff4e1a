//! The lines of JSON between the starter, the guard and the supervisor inside: one answer for each request.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// A program of the cluster that faults can be aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// Where the API server keeps its objects.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// What runs containers.
    Containerd,
    /// The node's agent.
    Kubelet,
    /// What makes Services reachable.
    KubeProxy,
}

impl Component {
    /// All of them, in the order in which they are started.
    pub const ALL: [Self; 7] = [
        Self::Etcd,
        Self::Containerd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kubelet,
        Self::KubeProxy,
    ];

    /// Its program.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Containerd => "containerd",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program())
    }
}

/// What can be done to a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// SIGKILL; it stays dead until it is started.
    Kill,
    /// SIGTERM; it stays down until it is started.
    Terminate,
    /// SIGSTOP: there, and silent.
    Freeze,
    /// SIGCONT.
    Thaw,
    /// Starts it again; of the API server, until it is ready.
    Start,
}

/// What is asked of the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Aimed at whom.
    pub component: Component,
    /// What to do.
    pub action: Action,
}

/// What comes back. The first answer of all says how the start went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// From inside: as asked. The guard makes an announcement of the first one.
    Done,
    /// From the guard: the cluster runs.
    Running(Announcement),
    /// It could not be done, and why.
    Failed(String),
}

/// Where a cluster is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Credentials and logs; gone with the cluster.
    pub folder: PathBuf,
    /// The first process inside, as it is numbered outside.
    pub init: u32,
}

impl Answer {
    /// Writes it to standard output, where the next process towards the starter reads.
    pub(crate) fn send(&self) -> Result<()> {
        let line = serde_json::to_string(self)?;
        let mut output = std::io::stdout().lock();
        writeln!(output, "{line}")?;
        Ok(output.flush()?)
    }
}
