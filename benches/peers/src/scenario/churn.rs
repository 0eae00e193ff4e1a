//! A hundred routes and ten weights changed a second, as in a cluster where everybody deploys: what fails, and what it does to latency.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::bench::Bench;
use crate::lane::{Lane, Sample};
use crate::load::Load;
use crate::machine;
use crate::peer::Peer;
use crate::peers;
use crate::ready;
use crate::scenario::pairs::Pairs;
use crate::site::{Shape, Site};
use crate::table::{Table, number};

/// Between two changes.
const EVERY: Duration = Duration::from_millis(10);
/// Time for the last change to be served, which is not what is measured here.
const PATIENCE: Duration = Duration::from_secs(10);
/// Times the usual length: percentiles need many requests.
const LONGER: f64 = 5.0;

/// One table of Weir alone, a row for each rate.
pub(super) fn run(bench: &Bench, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    if !peers.contains(&Peer::Weir) {
        return Ok(String::new());
    }
    let site = Site { reloads: true, ..Site::new(Shape::Split) };
    let lane = Lane::start(bench, Peer::Weir, site, &[])?.context("weir-proxy cannot be started")?;
    let step = AtomicU32::new(0);
    let seconds = bench.seconds * LONGER;
    let head =
        ["rate", "failed, without", "failed, with", "of", "changes", "p50 ÷", "p99 us, without", "with", "÷"];
    let mut table = Table::new(head);
    for load in [Load::Rate { per_second: 1_000 }, Load::Rate { per_second: 5_000 }] {
        let before = step.load(Ordering::Relaxed);
        let mut pairs = Pairs::default();
        for _ in 0..bench.rounds {
            let without = changing(bench, &lane, load, seconds, (&AtomicU32::new(0), false))?;
            let with = changing(bench, &lane, load, seconds, (&step, true))?;
            served(&lane, step.load(Ordering::Relaxed))?;
            pairs.push(without, with);
            write!(progress, ".")?;
            progress.flush()?;
        }
        table.row(row(load, &pairs, step.load(Ordering::Relaxed) - before));
    }
    Ok(format!(
        "## 110 changes of the configuration a second\n\nOne route of up to a thousand replaced every {} ms, the weight of the split that \
         serves the load with every tenth; {seconds:.1} s without (the same changes \
         made in a folder that nobody watches) and with, {} times; the last change was served each time; load average after {}.\n\n{}",
        EVERY.as_millis(),
        bench.rounds,
        machine::load_average(),
        table.markdown()
    ))
}

/// A measurement during which everything changes, or, not `seen`, a copy of everything that nobody reads: making changes takes time too.
fn changing(
    bench: &Bench,
    lane: &Lane,
    load: Load,
    seconds: f64,
    (step, seen): (&AtomicU32, bool),
) -> Result<Sample> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            let mut due = Instant::now();
            while !over.load(Ordering::Relaxed) {
                lane.churn(bench, step.fetch_add(1, Ordering::Relaxed) + 1, seen)?;
                due += EVERY;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            anyhow::Ok(())
        });
        let sample = lane.measure(bench, load, seconds);
        over.store(true, Ordering::Relaxed);
        changes.join().map_err(|_| anyhow!("the changes broke off"))??;
        sample
    })
}

/// Waits until what was changed last is served.
fn served(lane: &Lane, step: u32) -> Result<()> {
    let (host, path) = peers::churned(step);
    let end = Instant::now() + PATIENCE;
    while let Err(error) = ready::get_from(&mut TcpStream::connect(lane.target.address)?, &host, &path) {
        if Instant::now() > end {
            bail!("the last change, {host}{path}, is not served: {error:#}");
        }
        std::thread::sleep(EVERY);
    }
    Ok(())
}

fn row(load: Load, pairs: &Pairs, changes: u32) -> Vec<String> {
    let p99 = |sample: &Sample| sample.found.p99;
    let ([failed, failed_with], [without, with]) = (pairs.failed(), pairs.medians(p99));
    vec![
        load.describe(),
        failed.to_string(),
        failed_with.to_string(),
        number(Some(pairs.requests())),
        changes.to_string(),
        number(pairs.ratio(|sample| sample.found.p50)),
        number(without),
        number(with),
        number(pairs.ratio(p99)),
    ]
}
