//! Processes that a step left behind, wherever they hid: those below this process, which adopts every orphan among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, wait};

use crate::folder::Process;

/// A process that was killed is gone after microseconds, but where a disk hangs.
const PATIENCE: Duration = Duration::from_secs(10);
const NAP: Duration = Duration::from_millis(2);

/// What the kernel says of one process.
#[derive(Clone, Copy, Debug)]
struct Seen {
    parent: i32,
    group: i32,
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
    let group = fields.next()?.parse().ok()?;
    let started_ticks = fields.nth(16)?.parse().ok()?;
    Some(Seen { parent, group, started_ticks, is_zombie: matches!(state, "Z" | "X") })
}

/// The process with this number, as it is told apart from others that had it.
pub(crate) fn process(pid: i32) -> Option<Process> {
    seen(pid).map(|seen| Process { pid, started_ticks: seen.started_ticks })
}

/// Whether it runs.
pub(crate) fn is_alive(process: Process) -> bool {
    seen(process.pid).is_some_and(|seen| seen.started_ticks == process.started_ticks && !seen.is_zombie)
}

/// All processes by their numbers.
fn all() -> io::Result<BTreeMap<i32, Seen>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) {
            all.extend(seen(pid).map(|seen| (pid, seen)));
        }
    }
    Ok(all)
}

/// Those of them below a process that have not ended.
fn below(root: i32, all: &BTreeMap<i32, Seen>) -> BTreeSet<i32> {
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
    living.filter(|pid| is_below(*pid)).collect()
}

/// Sends a signal to everything below this process.
pub(crate) fn signal(signal: Signal) -> io::Result<()> {
    let all = all()?;
    tell(&below(own(), &all), &all, signal);
    Ok(())
}

/// Sends a signal to these: by their groups, where nobody else is in them, for a group hears it at once, and a single process may begin another one and end before
/// it is told.
fn tell(found: &BTreeSet<i32>, all: &BTreeMap<i32, Seen>, signal: Signal) {
    let group = |pid: &i32| all.get(pid).map(|seen| seen.group);
    let others: BTreeSet<i32> = all
        .iter()
        .filter(|(pid, seen)| !seen.is_zombie && !found.contains(pid))
        .map(|(_, seen)| seen.group)
        .collect();
    let groups: BTreeSet<i32> =
        found.iter().filter_map(group).filter(|group| !others.contains(group)).collect();
    // Whoever is told may have ended since.
    for group in groups.iter().copied().filter_map(Pid::from_raw) {
        let _gone = kill_process_group(group, signal);
    }
    let alone = found.iter().filter(|pid| group(pid).is_none_or(|group| !groups.contains(&group)));
    for pid in alone.copied().filter_map(Pid::from_raw) {
        let _gone = kill_process(pid, signal);
    }
}

/// Kills everything below this process until nothing is left. The command itself must have been waited for.
pub(crate) fn end() -> io::Result<()> {
    until_gone(|| {
        signal(Signal::KILL)?;
        // Nothing is below who has no child. A look at /proc would miss whoever begins another one and ends while it is made.
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(Errno::CHILD) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    })
}

/// Environment variable of everything that a step starts: the step's folder. By it is found what a keeper that was killed has left.
pub(crate) const MARK: &str = "WEIR_STEP";

/// Everything that was started by the step of this folder, and has not changed its environment.
fn marked(folder: &Path, all: &BTreeMap<i32, Seen>) -> BTreeSet<i32> {
    let mark = [MARK.as_bytes(), b"=", folder.as_os_str().as_bytes()].concat();
    let is_marked = |pid: &i32| {
        // Of processes of others nothing can be read, nor of one that has ended.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    };
    all.keys().copied().filter(is_marked).collect()
}

/// Kills everything that was started by the step of this folder, whose keeper is gone, until nothing is left.
pub(crate) fn end_of(folder: &Path) -> io::Result<()> {
    until_gone(|| {
        let all = all()?;
        let left = marked(folder, &all);
        tell(&left, &all, Signal::KILL);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    use rustix::process::Signal;

    use super::{all, is_alive, process, tell, until_gone};

    /// A group of two: a shell, and what it began and waits for.
    fn two() -> (Child, i32, i32) {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 1000 & echo $!; wait; exit 0"]).process_group(0);
        let mut shell = shell.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let first = i32::try_from(shell.id()).unwrap();
        (shell, first, line.trim().parse().unwrap())
    }

    #[test]
    fn who_began_after_the_look_is_told_with_its_group() {
        let (mut shell, first, second) = two();
        let mut all = all().unwrap();
        let both = [first, second].map(|pid| process(pid).unwrap());
        all.remove(&second);
        tell(&BTreeSet::from([first]), &all, Signal::KILL);
        let gone = until_gone(|| Ok(!both.into_iter().any(is_alive)));
        // It may have been killed.
        tell(&BTreeSet::from([second]), &all, Signal::KILL);
        let _gone = shell.kill();
        shell.wait().unwrap();
        gone.unwrap();
    }

    #[test]
    fn nobody_else_of_a_group_is_told() {
        let (mut shell, _, second) = two();
        tell(&BTreeSet::from([second]), &all().unwrap(), Signal::KILL);
        assert_eq!(shell.wait().unwrap().code(), Some(0));
    }
}
