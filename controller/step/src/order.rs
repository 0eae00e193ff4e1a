//! What is to be run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A command with everything that it gets. It goes to the keeper through a pipe and nowhere else: the environment holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// Program and arguments. The program is looked for on the `PATH` of `environment`.
    pub command: Vec<String>,
    /// All of the environment but `WEIR_STEP`, the step's folder, by which its processes are found.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Whether the keeper's own environment is added, where `environment` says nothing else: in a container that is what its image says.
    #[serde(default)]
    pub inherits: bool,
    /// Where it runs.
    pub directory: PathBuf,
    /// Texts that its log must not have. Those of less than [`crate::mask::SHORTEST`] bytes are left alone: they would be found everywhere.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// The rest of what it must keep to.
    #[serde(default)]
    pub limits: Limits,
}

/// What a step must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Most bytes of its log that are kept; the rest is read and left out, which the log says.
    pub log_bytes: u64,
    /// Bytes that stay free on the disk of `directory`: a step that leaves less is ended.
    pub free_bytes: u64,
    /// After it was asked to end, milliseconds until it is killed.
    pub grace_millis: u64,
}

impl Default for Limits {
    /// 16 MiB, 256 MiB, ten seconds.
    fn default() -> Self {
        Self { log_bytes: 16 << 20, free_bytes: 256 << 20, grace_millis: 10_000 }
    }
}
