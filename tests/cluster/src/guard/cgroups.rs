//! The control group of one cluster, in each hierarchy of the machine. Nothing but a program removes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

const MOUNTED: &str = "/sys/fs/cgroup";
/// Every group has this file.
const PROCESSES: &str = "cgroup.procs";
/// Files of version 1 that are empty in a new group, and must not be when a process joins.
const INHERITED: [&str; 2] = ["cpuset.cpus", "cpuset.mems"];
/// What pods are limited by, in version 2.
const CONTROLLERS: [&str; 6] = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];

/// Killed processes leave their groups a little later than they end.
const REMOVE_DEADLINE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The hierarchies: one of version 2, or one for each controller of version 1.
#[must_use]
pub fn roots() -> Vec<PathBuf> {
    let is_group = |path: &Path| path.join(PROCESSES).is_file() && !path.is_symlink();
    if is_group(Path::new(MOUNTED)) {
        return vec![PathBuf::from(MOUNTED)];
    }
    folders(Path::new(MOUNTED)).into_iter().filter(|path| is_group(path)).collect()
}

/// Makes the group `name` everywhere.
pub(crate) fn create(name: &str) -> Result<()> {
    for root in roots() {
        for controller in CONTROLLERS {
            // Version 2 only. What is not there or not allowed is missed by the kubelet, which says it better.
            let _ = fs::write(root.join("cgroup.subtree_control"), format!("+{controller}"));
        }
        let group = root.join(name);
        fs::create_dir(&group)
            .with_context(|| format!("cannot make the control group {}", group.display()))?;
        for file in INHERITED {
            if let Ok(value) = fs::read(root.join(file)) {
                fs::write(group.join(file), value)?;
            }
        }
    }
    Ok(())
}

/// Removes the group `name` with all below it, as far as no process is in it.
pub(crate) fn remove(name: &str) {
    let groups: Vec<PathBuf> = roots().into_iter().map(|root| root.join(name)).collect();
    let end = Instant::now() + REMOVE_DEADLINE;
    while groups.iter().any(|group| group.is_dir() && !remove_tree(group)) && Instant::now() < end {
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Names of groups that begin with `prefix`.
pub(crate) fn names(prefix: &str) -> Vec<String> {
    let groups = roots().into_iter().flat_map(|root| folders(&root));
    let names = groups.filter_map(|group| Some(group.file_name()?.to_string_lossy().into_owned()));
    names.filter(|name| name.starts_with(prefix)).collect()
}

fn remove_tree(group: &Path) -> bool {
    for below in folders(group) {
        remove_tree(&below);
    }
    fs::remove_dir(group).is_ok()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir() && !path.is_symlink()).collect()
}
