//! Clusters that run, and what is left of those whose guard was killed.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::{INIT, PREFIX, cgroups};

/// A guard's process id is the cluster's id, and its name tells it from a later process with the same id.
const PROGRAM: &str = "weir-cluster";

/// A running cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Process id of its guard.
    pub guard: u32,
    /// Process id of its first process, once it is ready.
    pub init: Option<u32>,
    /// Its folder.
    pub folder: PathBuf,
}

/// The clusters of this machine.
#[must_use]
pub fn running() -> Vec<Running> {
    let guards = names().into_iter().filter_map(|name| guard_of(&name));
    let found = guards.map(|guard| {
        let folder = folder(&format!("{PREFIX}{guard}"));
        let init = fs::read_to_string(folder.join(INIT)).ok().and_then(|init| init.parse().ok());
        Running { guard, init, folder }
    });
    found.collect()
}

/// The cluster with this guard, or the only one.
pub fn find(guard: Option<u32>) -> Result<Running> {
    let mut running = running();
    running.retain(|cluster| guard.is_none_or(|guard| cluster.guard == guard));
    match (running.pop(), running.len()) {
        (Some(found), 0) => Ok(found),
        (Some(_), _) => bail!("several clusters run: say which one (weir-cluster list)"),
        (None, _) => bail!("no such cluster runs: make cluster"),
    }
}

/// Asks the guard of a cluster to end it.
pub fn end(cluster: &Running) -> Result<()> {
    let guard = i32::try_from(cluster.guard).ok().and_then(Pid::from_raw).context("not a process id")?;
    Ok(kill_process(guard, Signal::TERM)?)
}

/// Removes control groups and folders of clusters whose guard is gone, and says which.
pub fn sweep() -> Result<Vec<String>> {
    let mut swept = Vec::new();
    for name in names().into_iter().filter(|name| guard_of(name).is_none()) {
        cgroups::remove(&name);
        let folder = folder(&name);
        match fs::remove_dir_all(&folder) {
            // Another start sweeps at the same time.
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| folder.display().to_string());
            }
            Ok(()) | Err(_) => {}
        }
        swept.push(name);
    }
    Ok(swept)
}

/// Names of clusters, as control groups and folders have them.
fn names() -> BTreeSet<String> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let names = folders.chain(cgroups::names(PREFIX));
    names.filter(|name| name.strip_prefix(PREFIX).is_some_and(|id| id.parse::<u32>().is_ok())).collect()
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(name)
}

/// A process that has ended and that nobody waits for has no program any more.
fn guard_of(name: &str) -> Option<u32> {
    let id: u32 = name.strip_prefix(PREFIX)?.parse().ok()?;
    let program = fs::read_link(format!("/proc/{id}/exe")).ok()?;
    program.file_name()?.to_string_lossy().starts_with(PROGRAM).then_some(id)
}
