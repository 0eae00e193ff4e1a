//! How many requests an equal canary needs to pass with the default tolerances.

use weir_judge::{Block, Criteria, Decision, Sequential};

use crate::traffic::{Latency, Load, quantile, release, show, thresholds};

const SEED: u64 = 13;

/// Canary requests served when the release passed.
fn requests_to_pass(number: u64, rate: f64, errors: f64) -> Option<f64> {
    let mut rng = release(SEED, number);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 6_000);
    let mut judge = Sequential::without_intervals(Criteria::default(), thresholds.clone());
    let load = Load { errors, ..Load::healthy(rate) };
    let mut served = 0;
    while served < 20_000 {
        let block = Block {
            control: load.block(&mut rng, &thresholds),
            canary: load.block(&mut rng, &thresholds),
            stable: None,
        };
        served += block.canary.requests;
        judge.observe(&block);
        if judge.decision() == Decision::Pass {
            return Some(served as f64);
        }
    }
    None
}

#[test]
fn an_equal_canary_passes_after_some_thousand_requests() {
    for (rate, errors, limit) in [
        (10.0, 0.005, 2_000.0),
        (100.0, 0.0, 1_500.0),
        (100.0, 0.001, 1_500.0),
        (100.0, 0.005, 2_000.0),
        (1_000.0, 0.005, 2_500.0),
    ] {
        let served: Vec<Option<f64>> =
            (0..400).map(|number| requests_to_pass(number, rate, errors)).collect();
        let (median, p90) = (quantile(&served, 0.5), quantile(&served, 0.9));
        println!(
            "equal at {} % errors, {rate} requests/s a side: median {} requests, p90 {}",
            errors * 100.0,
            show(median),
            show(p90)
        );
        assert!(median.is_some_and(|median| median <= limit), "seed {SEED}");
    }
}

/// Whether a canary that is exactly as much worse as is not tolerated any more passes within 5,000 requests.
fn wrongly_passes(number: u64, errors: f64, latency: Latency) -> bool {
    let mut rng = release(SEED, number);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 6_000);
    let mut judge = Sequential::without_intervals(Criteria::default(), thresholds.clone());
    for _ in 0..50 {
        judge.observe(&Block {
            control: Load::healthy(100.0).block(&mut rng, &thresholds),
            canary: Load { errors, latency, ..Load::healthy(100.0) }.block(&mut rng, &thresholds),
            stable: None,
        });
        if judge.decision() == Decision::Pass {
            return true;
        }
    }
    false
}

#[test]
fn a_canary_at_a_tolerance_hardly_ever_passes() {
    let tail = Latency { slow_share: 0.0155, slow_factor: 20.0, ..Latency::HEALTHY };
    for (name, errors, latency) in
        [("1.75 % errors against 0.5 %", 0.0175, Latency::HEALTHY), ("2.5 % above p99", 0.005, tail)]
    {
        let passed = (0..500).filter(|&number| wrongly_passes(number, errors, latency)).count();
        println!("{name}, 100 requests/s a side: {passed} of 500 passed within 50 s");
        assert!(passed <= 10, "seed {SEED}");
    }
}
