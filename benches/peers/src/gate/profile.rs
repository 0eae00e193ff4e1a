//! What one request costs weir-proxy under callgrind: instructions by function, and allocations by who asks for them.
//!
//! Only the thread that serves is counted: what the others do, such as publishing reports, depends on the time that passes and not on
//! requests. One process serves the warm-up, a short and a long run, and writes a dump after each. The difference between the last two, over the
//! difference of their lengths, is one request without start and connections.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bench::Bench;
use crate::gate::callgrind::Dump;
use crate::gate::source;
use crate::install;
use crate::lane::Lane;
use crate::load;
use crate::peer::Peer;
use crate::ratio::float;
use crate::scenario::instruments::{FEWER, MORE};
use crate::site::Site;

/// Requests that fill pools and caches before anything counts.
const WARM_UP: u32 = 2_000;
/// Starting the proxy allocates more than this; fewer calls say that its allocator was not recognised.
const LEAST_ALLOCATIONS: u64 = 100;
/// Threads that callgrind may have numbered.
const MOST_THREADS: u32 = 64;

/// One request.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// User instructions.
    pub(super) instructions: f64,
    /// Calls of an allocator.
    pub(super) allocations: f64,
    /// Instructions of each function itself, without those that it calls.
    pub(super) functions: BTreeMap<String, f64>,
    /// Who allocates.
    pub(super) allocating: BTreeMap<String, f64>,
}

/// Measures `site` over so many connections, with so many streams at a time on each: HTTP/1.1, which has one, or HTTP/2 where it speaks that.
pub(super) fn measure(bench: &Bench, site: Site, [connections, streams]: [u32; 2]) -> Result<Profile> {
    let folder = tempfile::tempdir_in(bench.folder.path())?;
    let out = folder.path().join("out");
    let valgrind = install::command("valgrind", "valgrind")?.display().to_string();
    let into = format!("--callgrind-out-file={}", out.display());
    let options = ["--tool=callgrind", "--dump-instr=yes", "--separate-threads=yes"].map(str::to_owned);
    let wrapper: Vec<String> = [valgrind].into_iter().chain(options).chain([into]).collect();
    let lane = Lane::start(bench, Peer::Weir, site, &wrapper)?.context("weir-proxy cannot do this")?;
    let program = bench.tools.peers.get(&Peer::Weir).context("no weir-proxy")?.canonicalize()?;
    let mut dumps = Vec::new();
    for (number, requests) in (1..).zip([WARM_UP, FEWER, MORE]) {
        let found = if site.http2() {
            load::exactly_streams(bench, lane.target, requests, [connections, streams])?
        } else {
            load::exactly(bench, lane.target, requests, connections)?
        };
        ensure!(found.failed == 0 && found.succeeded == u64::from(requests), "requests failed: {found:?}");
        dumps.push(dump(&lane, &folder.path().join(format!("out.{number}")), &program)?);
    }
    let [start, fewer, more] = dumps.as_slice() else { return Ok(Profile::default()) };
    let seen: u64 = start.values().map(Dump::allocated).sum();
    ensure!(seen >= LEAST_ALLOCATIONS, "only {seen} allocations at the start: is the allocator unknown?");
    let (thread, more) = more.iter().max_by_key(|(_, dump)| dump.instructions()).context("no thread ran")?;
    let fewer = fewer.get(thread).context("another thread served the shorter run")?;
    let addresses = fewer.here.keys().chain(more.here.keys()).copied();
    let names = source::functions(&program, addresses, folder.path())?;
    Ok(between(fewer, more, f64::from(MORE - FEWER), &names))
}

/// Has callgrind write what it has counted, into `file-THREAD`, and count from zero again. By thread.
fn dump(lane: &Lane, file: &Path, program: &Path) -> Result<BTreeMap<u32, Dump>> {
    let pid = lane.pid().context("nothing runs")?.as_raw_nonzero();
    let mut vgdb = Command::new(install::command("vgdb", "valgrind")?);
    let output = vgdb.args([&format!("--pid={pid}"), "dump"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "vgdb: {said}");
    let mut threads = BTreeMap::new();
    for thread in 1..=MOST_THREADS {
        let file = format!("{}-{thread:02}", file.display());
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        threads.insert(thread, Dump::read(&text, &program.to_string_lossy()).context(file)?);
    }
    ensure!(!threads.is_empty(), "callgrind has written nothing to {}; vgdb: {said}", file.display());
    Ok(threads)
}

/// The profile of one of the requests that one dump has more than the other.
fn between(fewer: &Dump, more: &Dump, requests: f64, names: &BTreeMap<u64, String>) -> Profile {
    let mut profile = Profile::default();
    for (dump, sign) in [(more, 1.0), (fewer, -1.0)] {
        let share = |count: u64| sign * float(count) / requests;
        for (address, spot) in &dump.here {
            let name = names.get(address).map_or(&*spot.symbol, String::as_str);
            *profile.functions.entry(name.to_owned()).or_default() += share(spot.cost);
        }
        for (name, cost) in &dump.elsewhere {
            *profile.functions.entry(name.clone()).or_default() += share(*cost);
        }
        for (name, calls) in &dump.allocations {
            *profile.allocating.entry(name.clone()).or_default() += share(*calls);
        }
    }
    profile.instructions = profile.functions.values().sum();
    profile.allocations = profile.allocating.values().sum();
    profile
}

/// Functions by what they cost, dearest first.
pub(super) fn dearest(functions: &BTreeMap<String, f64>) -> Vec<(&str, f64)> {
    let mut sorted: Vec<_> = functions.iter().map(|(name, cost)| (name.as_str(), *cost)).collect();
    sorted.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    sorted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Dump, between, dearest};

    #[test]
    fn a_profile_is_the_difference_over_the_requests_between() {
        let read = |a, b, calls| {
            let text = format!(
                "ob=p\nfn=f\n0x1 0 {a}\n0x2 0 {b}\ncfn=malloc\ncalls={calls} 0x9 0\n* 0 1\nob=c\nfn=memcpy\n0x1 0 50\n"
            );
            Dump::read(&text, "p").unwrap()
        };
        let names = BTreeMap::from([(2, "inlined (a.rs)".to_owned())]);
        let profile = between(&read(100, 1_000, 4), &read(300, 2_000, 24), 10.0, &names);
        assert_eq!(dearest(&profile.functions), [("inlined (a.rs)", 100.0), ("f", 20.0), ("memcpy", 0.0)]);
        assert!((profile.instructions - 120.0).abs() < 1e-9 && (profile.allocations - 2.0).abs() < 1e-9);
        assert!((profile.allocating["f"] - 2.0).abs() < 1e-9);
    }
}
