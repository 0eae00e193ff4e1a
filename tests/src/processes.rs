//! Processes of this machine, found from outside: by the folder that they work in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::eventually::within;

/// What ends with its parent, or was asked to end, may take this long on a busy machine.
const GONE: Duration = Duration::from_secs(5);

/// A process that has to do with a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its command line, with spaces between the arguments.
    pub command: String,
    /// The file that its standard output goes to.
    pub output: String,
}

/// The processes that name `folder` in their command line or write their output to a file in it, but for this one.
#[must_use]
pub fn of(folder: &Path) -> Vec<Process> {
    let folder = folder.display().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let others = pids.filter(|pid| *pid != std::process::id());
    others.filter_map(look).filter(|it| it.command.contains(&folder) || it.output.contains(&folder)).collect()
}

/// Waits until nothing that has to do with `folder` runs any more.
///
/// # Panics
/// When something still does after a few seconds.
pub async fn gone(folder: &Path) {
    let look = || {
        let left = of(folder);
        std::future::ready(if left.is_empty() { Ok(()) } else { Err(left) })
    };
    within(GONE, "no process is left behind", look).await;
}

/// A process that still runs; `None` also for what is left of one.
fn look(pid: u32) -> Option<Process> {
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|command| !command.is_empty())?;
    let command = String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned();
    let output = fs::read_link(format!("/proc/{pid}/fd/1")).ok();
    Some(Process { pid, command, output: output.map(|path| path.display().to_string()).unwrap_or_default() })
}
