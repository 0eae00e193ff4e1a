//! What a process group has used, from `/proc`: CPU time and memory.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::Pid;

/// Processes of the group that `leader` leads.
pub(crate) fn members(leader: Pid) -> Vec<i32> {
    let group = leader.as_raw_nonzero().get();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| group_of(*pid) == Some(group)).collect()
}

fn group_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which is in parentheses: state, parent, group.
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

/// Nanoseconds that all threads of the group have run: without steal, with the interrupts served meanwhile.
pub(crate) fn cpu_nanos(leader: Pid) -> Result<u64> {
    let mut sum = 0;
    for pid in members(leader) {
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for task in tasks.flatten() {
            // A thread that has just ended has no file any more.
            let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            let run = text.split_whitespace().next().context("an empty schedstat")?;
            sum += run.parse::<u64>().context("schedstat")?;
        }
    }
    Ok(sum)
}

/// Proportional set size of the group in KiB: a page that several processes share counts once.
pub(crate) fn pss_kib(leader: Pid) -> Result<u64> {
    let mut sum = 0;
    for pid in members(leader) {
        let path = format!("/proc/{pid}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        sum += pss(&text).with_context(|| format!("{path} has no Pss"))?;
    }
    Ok(sum)
}

fn pss(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_proportional_set_size_is_read_from_a_rollup() {
        let text = "55d000-7ffc r--p [rollup]\nRss:    2048 kB\nPss:     1234 kB\nPss_Dirty: 7 kB\n";
        assert_eq!(super::pss(text), Some(1234));
    }
}
