//! Memory of a proxy with idle clients: proportional set size, which counts shared pages once.
//!
//! Buffers of the kernel's sockets are not in it.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bench::Bench;
use crate::lane::Lane;
use crate::machine;
use crate::peer::Peer;
use crate::ratio::float;
use crate::ready;
use crate::scenario::told;
use crate::site::{Shape, Site};
use crate::table::{Table, number};

/// Connections at each look.
const STEPS: [u32; 2] = [1_000, 9_500];
/// Buffers that are given back when a connection is idle are given back by then.
const SETTLE: Duration = Duration::from_millis(500);

/// One table of all peers, one after the other.
pub(super) fn run(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    let mut table =
        Table::new(["peer", "idle KiB", "1,000 connections", "9,500 connections", "KiB per idle connection"]);
    let mut faults = Vec::new();
    for peer in peers.iter().filter(|peer| **peer != Peer::Direct) {
        match one(bench, *peer) {
            Ok(Some([idle, some, many])) => {
                let [_, most] = STEPS;
                let each = (float(many) - float(idle)) / f64::from(most);
                let cells = [idle, some, many].map(|kib| number(Some(float(kib))));
                table.row([peer.name().to_owned()].into_iter().chain(cells).chain([number(Some(each))]));
            }
            Ok(None) => {}
            Err(error) => faults.push(format!("{}: {error:#}", peer.name())),
        }
        write!(progress, ".")?;
        progress.flush()?;
    }
    Ok(format!(
        "## Memory of idle connections\n\nProportional set size of all processes, after one request on each connection; \
         user memory only; load average after {}.\n{}\n{}",
        machine::load_average(),
        told(&faults),
        table.markdown()
    ))
}

fn one(bench: &Bench, peer: Peer) -> Result<Option<[u64; 3]>> {
    let site = Site::new(Shape::Plain);
    let Some(lane) = Lane::start(bench, peer, site, &[])? else { return Ok(None) };
    let look = || {
        // Long enough for a proxy to notice that its clients are idle; nothing tells when it has.
        std::thread::sleep(SETTLE);
        lane.pss_kib()?.context("no process to look at")
    };
    let idle = look()?;
    let mut held = Vec::new();
    let mut sizes = Vec::new();
    for step in STEPS {
        while u32::try_from(held.len())? < step {
            let mut connection = TcpStream::connect(lane.target.address)?;
            ready::get(&mut connection, site).with_context(|| format!("connection {}", held.len() + 1))?;
            held.push(connection);
        }
        sizes.push(look()?);
    }
    let [some, many] = sizes.as_slice() else { return Ok(None) };
    // A peer that has closed its idle clients meanwhile would look frugal.
    let first = held.first_mut().context("no connection")?;
    ready::get(first, site).context("the first connection, used again")?;
    Ok(Some([idle, *some, *many]))
}
