//! Figures that no machine moves: user instructions and system calls per request.
//!
//! A peer runs twice under an instrument, with fewer and with more requests; the difference is what requests cost, without the start.

use std::io::Write;

use anyhow::{Context, Result, ensure};

use crate::bench::Bench;
use crate::install;
use crate::lane::Lane;
use crate::load;
use crate::peer::Peer;
use crate::ratio::float;
use crate::site::{Shape, Site};
use crate::table::{Table, number};

/// Requests of the shorter run.
pub(crate) const FEWER: u32 = 2_000;
/// Requests of the longer run.
pub(crate) const MORE: u32 = 8_000;

/// An instrument and how much it is given to count.
#[derive(Clone, Debug)]
pub(crate) struct Instrument {
    title: &'static str,
    wrapper: Vec<String>,
    connections: u32,
    read: fn(&str) -> Option<u64>,
}

impl Instrument {
    /// User instructions, counted by callgrind.
    fn callgrind() -> Result<Self> {
        let valgrind = install::command("valgrind", "valgrind")?.display().to_string();
        let wrapper =
            [&valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"].map(str::to_owned).into();
        Ok(Self { title: "User instructions per request", wrapper, connections: 16, read: collected })
    }

    /// System calls, counted by strace.
    pub(crate) fn strace() -> Result<Self> {
        let strace = install::command("strace", "strace")?.display().to_string();
        let wrapper = [&strace, "-f", "-c"].map(str::to_owned).into();
        Ok(Self { title: "System calls per request", wrapper, connections: 64, read: called })
    }

    /// What one request costs `peer`; `None` where it cannot do that.
    pub(crate) fn per_request(&self, bench: &Bench, peer: Peer, site: Site) -> Result<Option<f64>> {
        let Some(fewer) = self.whole(bench, peer, site, FEWER)? else { return Ok(None) };
        let more = self.whole(bench, peer, site, MORE)?;
        Ok(more.map(|more| (float(more) - float(fewer)) / f64::from(MORE - FEWER)))
    }

    /// What it counts over a whole run with so many requests.
    fn whole(&self, bench: &Bench, peer: Peer, site: Site, requests: u32) -> Result<Option<u64>> {
        let Some(lane) = Lane::start(bench, peer, site, &self.wrapper)? else { return Ok(None) };
        let found = load::exactly(bench, lane.target, requests, self.connections)?;
        ensure!(found.failed == 0, "{} of {requests} requests failed", found.failed);
        let said = lane.end()?;
        (self.read)(&said)
            .map(Some)
            .with_context(|| format!("no figure in {:?}", said.lines().last().unwrap_or_default()))
    }
}

/// User instructions of every peer.
pub(super) fn instructions(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    table(bench, peers, progress, &Instrument::callgrind()?)
}

/// System calls of every peer.
pub(super) fn syscalls(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    table(bench, peers, progress, &Instrument::strace()?)
}

fn table(bench: &Bench, peers: &[Peer], progress: &mut impl Write, by: &Instrument) -> Result<String> {
    let mut table = Table::new(["peer", by.title]);
    let site = Site { single: true, ..Site::new(Shape::Plain) };
    for peer in peers.iter().filter(|peer| **peer != Peer::Direct) {
        let cell = match by.per_request(bench, *peer, site) {
            Ok(figure) => number(figure),
            Err(error) => format!("FAILED: {error:#}").replace('\n', " / "),
        };
        table.row([peer.name().to_owned(), cell]);
        write!(progress, ".")?;
        progress.flush()?;
    }
    Ok(format!(
        "## {}\n\nHTTP/1.1 keep-alive, 128 B, {} connections, one process and one worker; ({MORE} requests - {FEWER} requests) / {}.\n\n{}",
        by.title,
        by.connections,
        MORE - FEWER,
        table.markdown()
    ))
}

/// `==7== Collected : 123456`.
fn collected(said: &str) -> Option<u64> {
    let lines = said.lines().filter_map(|line| line.split_once("Collected :"));
    lines.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).max()
}

/// The line of the sum: `100.00    0.123456           1     12345        12 total`.
fn called(said: &str) -> Option<u64> {
    let line = said.lines().rev().find(|line| line.trim_end().ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{called, collected};

    #[test]
    fn the_sums_of_the_instruments_are_found() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 123456\n==7==\n"), Some(123_456));
        let strace = "% time     seconds  usecs/call     calls    errors syscall\n100.00    0.012345           1     4567        12 total\n";
        assert_eq!(called(strace), Some(4567));
        assert_eq!(called("nothing"), None);
    }
}
