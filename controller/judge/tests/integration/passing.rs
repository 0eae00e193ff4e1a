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
    println!("{:#?}", judge.verdict().reason);
    None
}

#[test]
fn an_equal_canary_passes_after_some_thousand_requests() {
    for (rate, errors) in [(10.0, 0.005), (100.0, 0.005), (100.0, 0.0), (100.0, 0.001), (1_000.0, 0.005)] {
        let served: Vec<Option<f64>> =
            (0..300).map(|number| requests_to_pass(number, rate, errors)).collect();
        let (median, p90) = (quantile(&served, 0.5), quantile(&served, 0.9));
        println!(
            "equal at {} % errors, {rate} requests/s a side: median {} requests, p90 {}",
            errors * 100.0,
            show(median),
            show(p90)
        );
    }
}
