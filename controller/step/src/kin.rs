//! Processes that a step left behind, wherever they hid: those below this process, which adopts every orphan among them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

use crate::folder::Process;

/// A process that was killed is gone after microseconds, but where a disk hangs.
const PATIENCE: Duration = Duration::from_secs(10);
const NAP: Duration = Duration::from_millis(2);

/// What the kernel says of one process.
#[derive(Clone, Copy, Debug)]
struct Seen {
    parent: i32,
    started_ticks: u64,
    is_zombie: bool,
}

/// `/proc/PID/stat`; `None` where there is no such process. Its name, in parentheses, may hold anything.
fn seen(pid: i32) -> Option<Seen> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let started_ticks = fields.nth(17)?.parse().ok()?;
    Some(Seen { parent, started_ticks, is_zombie: matches!(state, "Z" | "X") })
}

/// The process with this number, as it is told apart from others that had it.
pub(crate) fn process(pid: i32) -> Option<Process> {
    seen(pid).map(|seen| Process { pid, started_ticks: seen.started_ticks })
}

/// Whether it runs.
pub(crate) fn is_alive(process: Process) -> bool {
    seen(process.pid).is_some_and(|seen| seen.started_ticks == process.started_ticks && !seen.is_zombie)
}

/// Everything below a process that has not ended.
fn below(root: i32) -> io::Result<Vec<i32>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) {
            all.extend(seen(pid).map(|seen| (pid, seen)));
        }
    }
    let is_below = |pid: i32| {
        let mut at = pid;
        // As many steps as there are processes: what changes meanwhile may look like a circle.
        for _ in 0..all.len() {
            match all.get(&at) {
                Some(seen) if seen.parent == root => return true,
                Some(seen) if seen.parent > 0 => at = seen.parent,
                Some(_) | None => return false,
            }
        }
        false
    };
    let living = all.iter().filter(|(_, seen)| !seen.is_zombie).map(|(pid, _)| *pid);
    Ok(living.filter(|pid| is_below(*pid)).collect())
}

/// Sends a signal to everything below this process.
pub(crate) fn signal(signal: Signal) -> io::Result<()> {
    for pid in below(own())?.into_iter().filter_map(Pid::from_raw) {
        // It may have ended since.
        let _gone = kill_process(pid, signal);
    }
    Ok(())
}

/// Kills everything below this process until nothing is left. The command itself must have been waited for.
pub(crate) fn end() -> io::Result<()> {
    until_gone(|| {
        signal(Signal::KILL)?;
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        Ok(below(own())?.is_empty())
    })
}

/// Environment variable of everything that a step starts: the step's folder. By it is found what a keeper that was killed has left.
pub(crate) const MARK: &str = "WEIR_STEP";

/// Everything that was started by the step of this folder, and has not changed its environment.
fn marked(folder: &Path) -> io::Result<Vec<Pid>> {
    let mark = [MARK.as_bytes(), b"=", folder.as_os_str().as_bytes()].concat();
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // Of processes of others nothing can be read, nor of one that has ended.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|variable| variable == mark) {
            all.extend(Pid::from_raw(pid));
        }
    }
    Ok(all)
}

/// Kills everything that was started by the step of this folder, whose keeper is gone, until nothing is left.
pub(crate) fn end_of(folder: &Path) -> io::Result<()> {
    until_gone(|| {
        let left = marked(folder)?;
        for pid in &left {
            // It may have ended since.
            let _gone = kill_process(*pid, Signal::KILL);
        }
        Ok(left.is_empty())
    })
}

/// Asks until it says that nothing is left.
fn until_gone(is_gone: impl Fn() -> io::Result<bool>) -> io::Result<()> {
    let begun = Instant::now();
    while !is_gone()? {
        if begun.elapsed() > PATIENCE {
            let late = "processes of the step do not end though they were killed";
            return Err(io::Error::new(io::ErrorKind::TimedOut, late));
        }
        std::thread::sleep(NAP);
    }
    Ok(())
}

pub(crate) fn own() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}
