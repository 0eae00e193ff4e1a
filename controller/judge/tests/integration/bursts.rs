//! Requests that fail in bursts: where tempering matters, and where it must not.

use rand::RngExt;
use rand::rngs::StdRng;
use weir_judge::bet::{Null, Portfolio, Prior};
use weir_judge::{Block, Counts, Criteria, Decision, Dispersion, Sequential, TrackBlock};

use crate::traffic::{counts, release};

const SEED: u64 = 17;

/// How a track's requests fail together.
#[derive(Clone, Copy)]
struct Bursts {
    /// Seconds that have one.
    of_seconds: f64,
    /// Requests of such a second that fail.
    of_requests: f64,
}

/// Every 20 seconds or so a pod fails a tenth of one second's requests.
const FREQUENT: Bursts = Bursts { of_seconds: 0.05, of_requests: 0.1 };
/// Every 100 seconds or so half of one second's requests fail.
const SEVERE: Bursts = Bursts { of_seconds: 0.01, of_requests: 0.5 };

/// One second of a track with 50 requests.
fn bursty(rng: &mut StdRng, bursts: Bursts) -> Counts {
    let share = if rng.random_bool(bursts.of_seconds) { bursts.of_requests } else { 0.002 };
    counts(rng, 50.0, share)
}

fn track(counts: Counts) -> TrackBlock {
    TrackBlock { requests: counts.n, errors: counts.k, ..TrackBlock::default() }
}

/// Of 200 canaries that are no worse than their control, those aborted within half an hour; and those that bets without tempering would have aborted.
fn aborted(bursts: Bursts) -> (u32, u32) {
    let criteria = Criteria { latency: None, ..Criteria::default() };
    let null = Null::Harm(criteria.errors.unwrap().margin);
    let (mut aborted, mut untempered) = (0, 0);
    for number in 0..200 {
        let mut rng = release(SEED, number);
        let mut judge = Sequential::without_intervals(criteria.clone(), Vec::new());
        let mut plain = Portfolio::harm(Prior::RARE);
        let mut peak = 0.0_f64;
        for _ in 0..1_800 {
            let (control, canary) = (bursty(&mut rng, bursts), bursty(&mut rng, bursts));
            judge.observe(&Block { control: track(control), canary: track(canary), stable: None });
            plain.observe(null, control, canary, 1.0);
            peak = peak.max(plain.evidence().e_value());
        }
        aborted += u32::from(judge.decision() == Decision::Fail);
        untempered += u32::from(peak >= 100.0);
    }
    (aborted, untempered)
}

#[test]
fn bursts_on_both_tracks_seldom_abort_an_equal_canary() {
    let (frequent, untempered) = aborted(FREQUENT);
    println!("bursts, 50 + 50 requests/s, 30 min: {frequent} of 200 aborted, {untempered} without tempering");
    assert!(frequent <= 8 && frequent * 3 <= untempered, "seed {SEED}");
    // Before the first of them nothing tells that there are any: it must not be enough.
    let (severe, _) = aborted(SEVERE);
    println!("severe bursts, 50 + 50 requests/s, 30 min: {severe} of 200 aborted");
    assert!(severe <= 4, "seed {SEED}");
}

#[test]
fn independent_requests_are_seldom_tempered() {
    let (mut tempered, mut most) = (0, 1.0_f64);
    for number in 0..500 {
        let mut rng = release(SEED, number);
        let mut dispersion = Dispersion::default();
        for second in 0..600_u64 {
            // Common drift and a regression that sets in half way are no bursts.
            let drift = 1.0 + 0.8 * (second as f64 / 60.0).sin();
            let canary = if second > 300 { 0.1 } else { 0.005 };
            dispersion.observe(counts(&mut rng, 10.0, 0.005 * drift), counts(&mut rng, 10.0, canary * drift));
        }
        tempered += u32::from(dispersion.factor() > 1.1);
        most = most.max(dispersion.factor());
    }
    println!("independent requests: {tempered} of 500 tempered by more than a tenth, at most by {most:.2}");
    // An estimate that tempers no clean release tempers no bursts either before it is too late.
    assert!(tempered <= 60 && most < 2.5, "seed {SEED}");
}

#[test]
fn bursts_are_measured() {
    let mut rng = release(SEED, 0);
    let mut dispersion = Dispersion::default();
    for _ in 0..3_600 {
        let (control, canary) = (bursty(&mut rng, FREQUENT), bursty(&mut rng, FREQUENT));
        dispersion.observe(control, canary);
    }
    // The share's variance over seconds, times 50 requests, adds 0.023 to the 0.0068 of independent requests: a ratio of 4.4,
    // of which three standard errors are taken off.
    println!("dispersion factor of the bursts: {:.1}", dispersion.factor());
    assert!((2.5..5.5).contains(&dispersion.factor()));
}
