//! The machine: what it is, how busy it is, and how much of it somebody else has taken.

use std::fs;

use anyhow::{Context, Result};

use crate::ratio::float;

/// Ticks of one line of `/proc/stat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ticks {
    total: u64,
    idle: u64,
    steal: u64,
}

/// All CPUs together, and the one of the load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    all: Ticks,
    load: Ticks,
}

impl Clock {
    /// Now.
    pub(crate) fn read() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = |name| ticks(&text, name).with_context(|| format!("/proc/stat has no {name}"));
        Ok(Self { all: line("cpu")?, load: line("cpu1").or_else(|_| line("cpu0"))? })
    }

    /// Share of all CPUs that the hypervisor gave to others since `earlier`, in percent.
    pub(crate) fn steal_percent(self, earlier: Self) -> f64 {
        percent(self.all.steal - earlier.all.steal, self.all.total - earlier.all.total)
    }

    /// Share of the generator's CPU that was in use since `earlier`, in percent.
    pub(crate) fn load_percent(self, earlier: Self) -> f64 {
        100.0 - percent(self.load.idle - earlier.load.idle, self.load.total - earlier.load.total)
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * float(part) / float(whole) }
}

fn ticks(stat: &str, name: &str) -> Option<Ticks> {
    let line = stat.lines().find(|line| line.split_whitespace().next() == Some(name))?;
    // user nice system idle iowait irq softirq steal; guest time is within user time.
    let values: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|it| it.parse().ok()).collect();
    let at = |index: usize| values.get(index).copied();
    Some(Ticks { total: values.iter().sum(), idle: at(3)? + at(4)?, steal: at(7)? })
}

/// Load averages over 1, 5 and 15 minutes, as the kernel writes them.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// CPU, memory and kernel in one line.
pub(crate) fn description() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |key: &str| {
        let line = info.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(": ")).map_or("?", |(_, value)| value)
    };
    let cpus = info.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = rustix::system::uname();
    format!(
        "{cpus} x {} (family {} model {}, cache {}), {} GiB, {} {}",
        of("model name"),
        of("cpu family"),
        of("model\t"),
        of("cache size"),
        memory_gib().unwrap_or(0),
        kernel.sysname().to_string_lossy(),
        kernel.release().to_string_lossy(),
    )
}

fn memory_gib() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some(kib.div_ceil(1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::{Ticks, ticks};

    #[test]
    fn guest_time_is_not_counted_twice() {
        let stat = "cpu  10 1 5 80 4 0 0 2 9 9\ncpu1 1 0 1 7 1 0 0 0 0 0\n";
        assert_eq!(ticks(stat, "cpu"), Some(Ticks { total: 102, idle: 84, steal: 2 }));
        assert_eq!(ticks(stat, "cpu1"), Some(Ticks { total: 10, idle: 8, steal: 0 }));
        assert_eq!(ticks(stat, "cpu2"), None);
    }
}
