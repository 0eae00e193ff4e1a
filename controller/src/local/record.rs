//! What is written down about a pod, so that a controller which was killed finds its pods again.
//!
//! A record is written before the first process is started and again after it, so a process without a record can be found by its environment: every
//! process carries the record's name in [`MARK`].

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use weir_api::{Timestamp, Track};

use crate::catalog::Key;
use crate::local::process::Process;

/// Variable in the environment of every process: state directory and pod.
pub(super) const MARK: &str = "WEIR_LOCAL_POD";

/// A pod of local processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodRecord {
    /// Its name, as in a cluster: `<deployment>[-<track>]-<revision>-<5 characters>`.
    pub(super) name: String,
    pub(super) deployment: Key,
    pub(super) track: Track,
    /// What it runs.
    pub(super) revision: String,
    /// Its labels: those of the template.
    pub(super) labels: BTreeMap<String, String>,
    /// Its own address.
    pub(super) address: Ipv4Addr,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// Seconds from SIGTERM to SIGKILL.
    pub(super) grace_seconds: u64,
    /// Since when it gets no new requests; absent while it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) leaving_since: Option<Timestamp>,
    pub(super) containers: Vec<ContainerRecord>,
}

/// A container: one local process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerRecord {
    /// Its name in the template.
    pub(super) name: String,
    pub(super) image: String,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    /// Its whole environment.
    pub(super) env: BTreeMap<String, String>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) directory: Option<PathBuf>,
    pub(super) ports: Vec<NamedPort>,
    /// How it is seen whether it can serve.
    pub(super) probe: Probe,
    /// The running process; `None` before the first start and after an exit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) process: Option<Process>,
    /// How often it was started again.
    pub(super) restarts: u32,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamedPort {
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) number: u16,
}

/// How it is seen whether a container can serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Probe {
    /// What is asked.
    pub(super) kind: ProbeKind,
    /// Seconds between two looks while it is ready.
    pub(super) period_seconds: u64,
    /// Seconds that one look may take.
    pub(super) timeout_seconds: u64,
    /// Looks in a row that have to fail before a ready container is not ready.
    pub(super) failures: u32,
}

/// What is asked of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ProbeKind {
    /// A GET that answers 200 to 399.
    Http { port: u16, path: String },
    /// A connection.
    Tcp { port: u16 },
    /// Nothing: it is ready when it runs.
    Running,
}

impl PodRecord {
    /// Name of its file in the state directory.
    pub(super) fn path(&self) -> String {
        path(&self.name)
    }
}

/// Name of a pod's file in the state directory.
pub(super) fn path(pod: &str) -> String {
    format!("{FOLDER}/{pod}.json")
}

/// The folder of all records.
pub(super) const FOLDER: &str = "pods";
