//! Processes that a step left behind, wherever they hid: those below this process, which adopts every orphan among them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
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
    let begun = Instant::now();
    loop {
        signal(Signal::KILL)?;
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        if below(own())?.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "processes of the step do not end though they were killed",
            ));
        }
        std::thread::sleep(NAP);
    }
}

/// Kills the group of a command whose keeper is gone.
pub(crate) fn end_group(leader: Process) {
    if let Some(pid) = Pid::from_raw(leader.pid).filter(|_| is_alive(leader)) {
        let _gone = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}

pub(crate) fn own() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}
