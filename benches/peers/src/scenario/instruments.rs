//! Figures that no machine moves: user instructions and system calls per request.
//!
//! A peer runs twice under an instrument, with fewer and with more requests; the difference is what requests cost, without the start.

use std::io::Write;

use anyhow::{Context, Result, ensure};

use crate::bench::Bench;
use crate::install;
use crate::lane::Lane;
use crate::load;
use crate::peers::Peer;
use crate::ratio::float;
use crate::site::{Shape, Site};
use crate::table::{Table, number};

const FEWER: u32 = 2_000;
const MORE: u32 = 8_000;

/// User instructions, counted by callgrind.
pub(super) fn instructions(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    let valgrind = install::command("valgrind", "valgrind")?.display().to_string();
    let wrapper = [valgrind, "--tool=callgrind".to_owned(), "--callgrind-out-file=/dev/null".to_owned()];
    table(bench, peers, progress, "User instructions per request", &wrapper, 16, collected)
}

/// System calls, counted by strace.
pub(super) fn syscalls(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    let strace = install::command("strace", "strace")?.display().to_string();
    let wrapper = [strace, "-f".to_owned(), "-c".to_owned()];
    table(bench, peers, progress, "System calls per request", &wrapper, 64, called)
}

fn table(
    bench: &Bench,
    peers: &[Peer],
    progress: &mut impl Write,
    title: &str,
    wrapper: &[String],
    connections: u32,
    read: fn(&str) -> Option<u64>,
) -> Result<String> {
    let mut table = Table::new(["peer", title]);
    for peer in peers.iter().filter(|peer| **peer != Peer::Direct) {
        let count = |requests| one(bench, *peer, wrapper, requests, connections, read);
        let cell = match count(FEWER).and_then(|fewer| Ok((fewer, count(MORE)?))) {
            Ok((Some(fewer), Some(more))) => {
                number(Some((float(more) - float(fewer)) / f64::from(MORE - FEWER)))
            }
            Ok(_) => number(None),
            Err(error) => format!("FAILED: {error:#}").replace('\n', " / "),
        };
        table.row([peer.name().to_owned(), cell]);
        write!(progress, ".")?;
        progress.flush()?;
    }
    Ok(format!(
        "## {title}\n\nHTTP/1.1 keep-alive, 128 B, {connections} connections, one process and one worker; ({MORE} requests - {FEWER} \
         requests) / {}.\n\n{}",
        MORE - FEWER,
        table.markdown()
    ))
}

/// What the instrument counts over a whole run with so many requests.
fn one(
    bench: &Bench,
    peer: Peer,
    wrapper: &[String],
    requests: u32,
    connections: u32,
    read: fn(&str) -> Option<u64>,
) -> Result<Option<u64>> {
    let site = Site { single: true, ..Site::new(Shape::Plain) };
    let Some(lane) = Lane::start(bench, peer, site, wrapper)? else { return Ok(None) };
    let found = load::exactly(bench, lane.target, requests, connections)?;
    ensure!(found.failed == 0, "{} of {requests} requests failed", found.failed);
    let said = lane.end()?;
    read(&said)
        .map(Some)
        .with_context(|| format!("no figure in {:?}", said.lines().last().unwrap_or_default()))
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
