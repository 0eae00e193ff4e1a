//! Local processes: start, look, stop. Linux: `/proc` tells a process from a later one with the same number.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

/// A process, told from every later one with the same number by its start time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Process {
    /// Its number; also that of its process group.
    pub(super) pid: u32,
    /// When it started, in clock ticks since the machine did (`/proc/<pid>/stat`, field 22).
    pub(super) start_ticks: u64,
}

/// What to start.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [String],
    /// Its whole environment.
    pub(super) env: &'a BTreeMap<String, String>,
    /// Where it runs.
    pub(super) directory: Option<&'a Path>,
    /// File that its output is appended to; output is thrown away where that cannot be opened.
    pub(super) log: &'a Path,
}

impl Process {
    /// The running process with this number; `None` where there is none, or only what is left of one.
    pub(super) fn find(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows the last one does not.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let start_ticks = fields.nth(18)?.parse().ok()?;
        (!matches!(state, "Z" | "X")).then_some(Self { pid, start_ticks })
    }

    /// Whether it still runs.
    pub(super) fn is_running(self) -> bool {
        Self::find(self.pid) == Some(self)
    }

    /// Sends a signal to it and to what it started. One that is gone already is no error.
    pub(super) fn signal(self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.is_running()) {
            // The only error left is that it went away just now.
            let _gone = kill_process_group(pid, signal);
        }
    }
}

/// Starts a process in a group of its own, so that a Ctrl-C at the terminal does not reach it.
pub(super) fn start(start: &Start<'_>) -> io::Result<(Child, Process)> {
    let Start { program, arguments, env, directory, log } = start;
    let (out, err) = output(log);
    let mut command = Command::new(program);
    command
        .args(*arguments)
        .env_clear()
        .envs(*env)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let child = command.spawn()?;
    let pid = child.id();
    // One that ended at once has no start time any more; its exit is seen at the next look.
    let process = Process::find(pid).unwrap_or(Process { pid, start_ticks: 0 });
    Ok((child, process))
}

fn output(log: &Path) -> (Stdio, Stdio) {
    let file = || -> io::Result<(File, File)> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        Ok((file.try_clone()?, file))
    };
    file().map_or_else(|_| (Stdio::null(), Stdio::null()), |(out, err)| (out.into(), err.into()))
}

/// How a process ended, in plain words.
pub(super) fn words(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => format!("exited with code {code}"),
        Some((None, Some(signal))) => format!("was killed by signal {signal}{}", signal_name(signal)),
        Some((None, None)) => "ended".to_owned(),
        None => "ended (its exit code is not known: an earlier controller had started it)".to_owned(),
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        6 => " (SIGABRT)",
        9 => " (SIGKILL: somebody, or the system for lack of memory)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

/// The last line of a log, if it has one: it mostly says why a process ended.
pub(super) fn last_line(log: &Path) -> Option<String> {
    const TAIL: u64 = 2048;
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail).ok()?;
    let text = String::from_utf8_lossy(&tail);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(300).collect())
}

/// Finds a process by a variable in its environment: one whose number was not written down in time.
pub(super) fn find_by_env(name: &str, value: &str) -> Option<Process> {
    let wanted = format!("{name}={value}");
    let of = |entry: io::Result<fs::DirEntry>| -> Option<Process> {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let found = environ.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        // A child of the container carries the same variable; the container leads its group.
        if found && leads_its_group(pid) { Process::find(pid) } else { None }
    };
    fs::read_dir("/proc").ok()?.find_map(of)
}

fn leads_its_group(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let group = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(2)?.parse().ok());
    group == Some(pid)
}

/// Where a program is: beside Weir's own programs, then on PATH. A name with a slash is a path.
pub(super) fn resolve(program: &str, beside: &[PathBuf], path: Option<&str>) -> Option<PathBuf> {
    let is_file = |candidate: &PathBuf| candidate.is_file();
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(is_file);
    }
    let on_path = path.unwrap_or_default().split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
    beside.iter().cloned().chain(on_path).map(|folder| folder.join(program)).find(is_file)
}
