//! What a cluster is on the machine while it runs, and what of it is still there.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// The end of a killed process is not immediate.
const DEADLINE: Duration = Duration::from_secs(15);

/// Everything of one cluster that could stay behind.
#[derive(Debug)]
pub(crate) struct Traces {
    name: String,
    /// With the instant at which each began, as ids are used again.
    processes: Vec<(u32, String)>,
}

impl Traces {
    /// Of the cluster whose guard is the process `guard`, with all that descends from it.
    pub(crate) fn of(guard: u32) -> Self {
        let all: Vec<u32> = entries("/proc").iter().filter_map(|name| name.parse().ok()).collect();
        let mut processes = vec![guard];
        while let Some(next) = all.iter().find(|process| {
            !processes.contains(process)
                && parent(**process).is_some_and(|parent| processes.contains(&parent))
        }) {
            processes.push(*next);
        }
        let with_begin = |process: u32| Some((process, stat(process)?.1));
        let processes = processes.into_iter().filter_map(with_begin).collect();
        let traces = Self { name: format!("weir-cluster.{guard}"), processes };
        assert!(traces.processes.len() > 10, "a cluster is more than this: {traces:?}");
        assert!(!traces.remaining().is_empty(), "{traces:?}");
        traces
    }

    /// Fails unless all of it is soon gone, or `but` is all that is left.
    pub(crate) fn assert_gone(&self, but: impl Fn(&str) -> bool) {
        let end = Instant::now() + DEADLINE;
        loop {
            let remaining: Vec<String> = self.remaining().into_iter().filter(|trace| !but(trace)).collect();
            if remaining.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "still there: {remaining:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Processes, mounts, control groups and files.
    fn remaining(&self) -> Vec<String> {
        let alive = self
            .processes
            .iter()
            .filter(|(process, begin)| stat(*process).is_some_and(|(_, now)| now == *begin));
        let mut found: Vec<String> = alive.map(|(process, _)| format!("process {process}")).collect();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let of_cluster = |line: &&str| line.contains(&self.name) || line.contains("/run/weir");
        found.extend(mounts.lines().filter(of_cluster).map(|line| format!("mount {line}")));
        let hierarchies = entries("/sys/fs/cgroup").into_iter().map(|name| format!("/sys/fs/cgroup/{name}"));
        for hierarchy in hierarchies.chain(["/sys/fs/cgroup".to_owned()]) {
            let group = Path::new(&hierarchy).join(&self.name);
            found.extend(group.exists().then(|| format!("control group {}", group.display())));
        }
        let folder = std::env::temp_dir().join(&self.name);
        found.extend(folder.exists().then(|| format!("folder {}", folder.display())));
        found
    }
}

fn entries(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn parent(process: u32) -> Option<u32> {
    stat(process).map(|(parent, _)| parent)
}

/// Parent and begin of a process that lives. One that has ended and that nobody waits for does not.
fn stat(process: u32) -> Option<(u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let lives = !matches!(fields[0], "Z" | "X");
    lives.then(|| (fields[1].parse().unwrap(), fields[19].to_owned()))
}
