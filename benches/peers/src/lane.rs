//! One peer that runs, configured for one site, and what one measurement of it is.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::Pid;
use tempfile::TempDir;

use crate::bench::Bench;
use crate::load::{Found, Load, Target, probe};
use crate::machine::Clock;
use crate::peer::Peer;
use crate::peers::{self, Place};
use crate::process::{Running, free_address};
use crate::ratio::float;
use crate::ready;
use crate::site::Site;
use crate::usage;

/// Time to the first answer; ten thousand server blocks are slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// A peer that runs, or the backend itself.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Which.
    pub(crate) peer: Peer,
    /// Where requests are sent.
    pub(crate) target: Target,
    /// From its start to its first answer.
    pub(crate) first_answer: Duration,
    running: Option<Running>,
    folder: TempDir,
}

/// One measurement of a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// What the generator found.
    pub(crate) found: Found,
    /// CPU time of the peer for each request, in microseconds.
    pub(crate) cpu: Option<f64>,
    /// Share of both CPUs taken by others, in percent.
    pub(crate) steal: f64,
    /// Share of the generator's CPU in use, in percent: near 100 it is the limit, not the peer.
    pub(crate) load: f64,
}

impl Lane {
    /// Starts `peer` for `site`, under `wrapper` where that is not empty, and waits for its first answer. `None`: it cannot do that.
    pub(crate) fn start(bench: &Bench, peer: Peer, site: Site, wrapper: &[String]) -> Result<Option<Self>> {
        let folder = tempfile::tempdir_in(bench.folder.path())?;
        if peer == Peer::Direct {
            let [address, _] = bench.upstreams;
            let target = Target { address, site };
            return Ok(Some(Self { peer, target, first_answer: Duration::ZERO, running: None, folder }));
        }
        let Some(program) = bench.tools.peers.get(&peer) else { return Ok(None) };
        let target = Target { address: free_address()?, site };
        let place = Place {
            bench,
            program,
            folder: folder.path(),
            listen: target.address,
            upstreams: bench.upstreams,
        };
        let Some(program) = peer.configure(&place, site)? else { return Ok(None) };
        let began = Instant::now();
        let mut running = program.under(wrapper).start(&folder.path().join("log"))?;
        wait(bench, target, &mut running).with_context(|| format!("{} for {site:?}", peer.name()))?;
        Ok(Some(Self { peer, target, first_answer: began.elapsed(), running: Some(running), folder }))
    }

    /// Sends `load` for `seconds` and reads what it cost.
    pub(crate) fn measure(&self, bench: &Bench, load: Load, seconds: f64) -> Result<Sample> {
        let cpu = || self.running.as_ref().map(|running| usage::cpu_nanos(running.pid())).transpose();
        let (clock, before) = (Clock::read()?, cpu()?);
        let found = load.run(bench, self.target, seconds)?;
        let (after, clock_after) = (cpu()?, Clock::read()?);
        let requests = found.succeeded + found.failed;
        let spent = after.zip(before).map(|(after, before)| float(after.saturating_sub(before)));
        Ok(Sample {
            found,
            cpu: spent.filter(|_| requests > 0).map(|spent| spent / 1e3 / float(requests)),
            steal: clock_after.steal_percent(clock),
            load: clock_after.load_percent(clock),
        })
    }

    /// The process that was started; `None` for the backend itself.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.running.as_ref().map(Running::pid)
    }

    /// Its memory in KiB.
    pub(crate) fn pss_kib(&self) -> Result<Option<u64>> {
        self.running.as_ref().map(|running| usage::pss_kib(running.pid())).transpose()
    }

    /// Changes its configuration, for the `time`-th time. `false`: it has no way to.
    pub(crate) fn reload(&self, bench: &Bench, time: u32) -> Result<bool> {
        match self.running.as_ref().zip(self.place(bench)) {
            Some((running, place)) => self.peer.reload(&place, running, time),
            None => Ok(false),
        }
    }

    /// Makes the `step`-th of many small changes of Weir's manifests, or, not `seen`, of a copy that nobody reads.
    pub(crate) fn churn(&self, bench: &Bench, step: u32, seen: bool) -> Result<()> {
        peers::churn(&self.place(bench).context("nothing that can be changed runs")?, step, seen)
    }

    fn place<'l>(&'l self, bench: &'l Bench) -> Option<Place<'l>> {
        let program = bench.tools.peers.get(&self.peer)?;
        let (folder, listen) = (self.folder.path(), self.target.address);
        Some(Place { bench, program, folder, listen, upstreams: bench.upstreams })
    }

    /// Ends it in good order; what it and its instrument have said.
    pub(crate) fn end(self) -> Result<String> {
        self.running.map_or_else(|| Ok(String::new()), Running::end)
    }
}

fn wait(bench: &Bench, target: Target, running: &mut Running) -> Result<()> {
    if target.site.http2() {
        ready::connects(target.address, running, PATIENCE)?;
        return ready::until(running, PATIENCE, || probe(bench, target));
    }
    ready::answers(target.address, target.site, running, PATIENCE)
}
