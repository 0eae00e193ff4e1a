//! How often is each judge wrong, and how soon is it right? Releases that never happened, the same ones for every judge.
//!
//! ```text
//! scenario   what happens to the canary, and to everybody    pure, seeded
//! second     the requests of one second
//! judges     who decides, a second at a time
//! table      the result
//! ```
//! `cargo bench -p weir-benches --bench calibration -- [RELEASES [SECONDS]]`: 1,000 releases of ten minutes each if nothing else is said.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for the bench: counts are small, and what cannot be right ends it"
)]

mod judges;
mod scenario;
mod second;
mod table;

use std::sync::atomic::{AtomicUsize, Ordering};

use judges::{Outcome, all};
use scenario::{SCENARIOS, Scenario};
use second::{Release, Second};

const SEED: u64 = 20_261_126;

/// How one judge ended one release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// When, seconds from the beginning.
    pub(crate) at: u32,
    /// Requests of users that the canary had failed or answered too slowly by then.
    pub(crate) harmed: u64,
}

fn main() {
    let number = |position, default| {
        let given = std::env::args().filter(|argument| !argument.starts_with('-')).nth(position);
        given.map_or(default, |text| text.parse().expect("a number"))
    };
    let (releases, seconds): (usize, u32) = (number(1, 1_000), number(2, 600) as u32);
    println!("{releases} releases of {seconds} s a scenario, seed {SEED}\n");
    let results: Vec<_> =
        SCENARIOS.iter().map(|scenario| (scenario, run(scenario, releases, seconds))).collect();
    table::print(&results, releases);
}

/// What every judge made of every release, in the judges' order.
fn run(scenario: &Scenario, releases: usize, seconds: u32) -> Vec<Vec<End>> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut ends = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= releases {
                return ends;
            }
            ends.push(one(scenario, number, seconds));
        }
    };
    let all_ends: Vec<Vec<End>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a thread that counts")).collect()
    });
    let judges = all_ends.first().map_or(0, Vec::len);
    (0..judges).map(|judge| all_ends.iter().map(|ends| ends[judge]).collect()).collect()
}

/// One release, seen by every judge.
fn one(scenario: &Scenario, number: usize, seconds: u32) -> Vec<End> {
    let mut release = Release::new(scenario, SEED, number);
    let mut judges = all(&release.thresholds, seconds);
    let mut ends: Vec<Option<End>> = vec![None; judges.len()];
    let mut harmed = 0;
    for at in 1..=seconds {
        let second = release.second(at);
        harmed += harm(&second, &release);
        for (judge, end) in judges.iter_mut().zip(&mut ends).filter(|(_, end)| end.is_none()) {
            *end = judge.look(&second, at).map(|outcome| End { outcome, at, harmed });
        }
        if ends.iter().all(Option::is_some) {
            break;
        }
    }
    let undecided = End { outcome: Outcome::Undecided, at: seconds, harmed };
    ends.into_iter().map(|end| end.unwrap_or(undecided)).collect()
}

/// Requests of the canary that failed, or took longer than 99 of 100 did before.
fn harm(second: &Second, release: &Release) -> u64 {
    let p99 = release.thresholds[4].micros;
    let slow = second.canary.latencies.iter().filter(|micros| **micros > p99).count() as u64;
    second.canary.errors + slow
}
