//! Changes of the configuration under load: what fails, and what it does to the tail.

use std::io::Write;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::bench::Bench;
use crate::lane::{Lane, Sample};
use crate::load::Load;
use crate::machine;
use crate::peer::Peer;
use crate::scenario::pairs::Pairs;
use crate::scenario::told;
use crate::site::{Shape, Site};
use crate::table::{Table, number};

/// Changes in one measurement.
const CHANGES: u32 = 10;
/// More repetitions say little more, and each takes as long as ten measurements.
const MOST_ROUNDS: usize = 3;
const LOAD: Load = Load::Wrk { connections: 64, path: "/", close: false, random: false };

/// One table of the peers that can be changed while they run.
pub(super) fn run(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    let site = Site { reloads: true, ..Site::new(Shape::Plain) };
    let mut faults = Vec::new();
    let mut lanes = Vec::new();
    for peer in peers.iter().filter(|peer| changes(**peer)) {
        match Lane::start(bench, *peer, site, &[]) {
            Ok(lane) => lanes.extend(lane.map(|lane| (lane, Pairs::default()))),
            Err(error) => faults.push(format!("{}: {error:#}", peer.name())),
        }
    }
    let step = Duration::from_secs_f64(bench.seconds / 2.0);
    let window = (step * (CHANGES + 1)).as_secs_f64();
    for _ in 0..bench.rounds.min(MOST_ROUNDS) {
        for (lane, pairs) in &mut lanes {
            let pair = lane
                .measure(bench, LOAD, window)
                .and_then(|base| Ok((base, changed(bench, lane, step, window)?)));
            match pair {
                Ok((without, with)) => pairs.push(without, with),
                Err(error) => faults.push(format!("{}: {error:#}", lane.peer.name())),
            }
            write!(progress, ".")?;
            progress.flush()?;
        }
    }
    let mut table =
        Table::new(["peer", "failed, without", "failed, with", "of", "p99 us, without", "p99 us, with", "÷"]);
    for (lane, pairs) in &lanes {
        table.row(row(lane.peer, pairs));
    }
    Ok(format!(
        "## {CHANGES} changes of the configuration under load\n\n{}, {window:.1} s without and then with a change every {:.1} s; {} \
         times; load average after {}.\nnginx: HUP. haproxy: -W, USR2. envoy: routes discovered from a file. weir: a manifest \
         replaced.\n{}\n{}",
        LOAD.describe(),
        step.as_secs_f64(),
        bench.rounds.min(MOST_ROUNDS),
        machine::load_average(),
        told(&faults),
        table.markdown()
    ))
}

/// Whether `peer` has a way to be changed.
fn changes(peer: Peer) -> bool {
    match peer {
        Peer::Nginx | Peer::Haproxy | Peer::Envoy | Peer::Weir => true,
        Peer::Direct | Peer::Relay | Peer::Pingora => false,
    }
}

/// A measurement during which the configuration changes. The changes come from another thread, because processes end with the one
/// that has started them.
fn changed(bench: &Bench, lane: &Lane, step: Duration, window: f64) -> Result<Sample> {
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for time in 1..=CHANGES {
                std::thread::sleep(step);
                lane.reload(bench, time)?;
            }
            anyhow::Ok(())
        });
        let sample = lane.measure(bench, LOAD, window);
        changes.join().map_err(|_| anyhow!("the changes broke off"))??;
        sample
    })
}

fn row(peer: Peer, pairs: &Pairs) -> Vec<String> {
    let p99 = |sample: &Sample| sample.found.p99;
    let ([failed, failed_with], [without, with]) = (pairs.failed(), pairs.medians(p99));
    vec![
        peer.name().to_owned(),
        failed.to_string(),
        failed_with.to_string(),
        number(Some(pairs.requests())),
        number(without),
        number(with),
        number(pairs.ratio(p99)),
    ]
}
