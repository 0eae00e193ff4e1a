//! How soon the judge with its default settings stops a bad release.

use rand::RngExt;
use weir_judge::{Block, Criteria, Decision, Sequential};

use crate::traffic::{Latency, Load, quantile, release, show, thresholds};

const SEED: u64 = 11;

/// Seconds from the canary's first failure, which falls somewhere in its block, to the end of the block that decides.
fn after_first_failure(number: u64, errors: f64, healthy_seconds: u64) -> Option<f64> {
    let mut rng = release(SEED, number);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
    let mut judge = Sequential::without_intervals(Criteria::default(), thresholds.clone());
    let mut first = None;
    for second in 0..healthy_seconds + 600 {
        let bad = second >= healthy_seconds;
        let canary = Load { errors: if bad { errors } else { 0.005 }, ..Load::healthy(5.0) };
        let block = Block {
            control: Load::healthy(5.0).block(&mut rng, &thresholds),
            canary: canary.block(&mut rng, &thresholds),
            stable: Some(Load::healthy(90.0).errors_only(&mut rng)),
        };
        if bad && first.is_none() && block.canary.errors > 0 {
            // The earliest of as many uniform instants as there were failures.
            let within = (0..block.canary.errors).map(|_| rng.random::<f64>()).fold(1.0, f64::min);
            first = Some(second as f64 + within);
        }
        judge.observe(&block);
        if judge.decision() == Decision::Fail {
            return first.map(|first| second as f64 + 1.0 - first);
        }
    }
    None
}

#[test]
fn twenty_percent_errors_are_stopped_within_seconds_of_the_first() {
    for (errors, healthy, releases, limit) in [
        (0.2, 0, 2_000, 4.0),
        (0.2, 30, 500, 9.0),
        (0.2, 600, 100, 11.0),
        (0.2, 3_600, 20, 15.0),
        (1.0, 0, 300, 2.0),
        (0.05, 0, 300, 45.0),
    ] {
        let times: Vec<Option<f64>> =
            (0..releases).map(|number| after_first_failure(number, errors, healthy)).collect();
        let (median, p90) = (quantile(&times, 0.5), quantile(&times, 0.9));
        println!(
            "{:.0} % errors at 5 + 5 + 90 requests/s after {healthy} healthy s: median {} s, p90 {} s",
            errors * 100.0,
            show(median),
            show(p90)
        );
        assert!(median.is_some_and(|median| median <= limit), "seed {SEED}");
    }
}

/// Seconds to a fail with this canary at 10 + 10 + 80 requests per second.
fn seconds_to_fail(number: u64, canary: Load) -> Option<f64> {
    let mut rng = release(SEED, number);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
    let mut judge = Sequential::without_intervals(Criteria::default(), thresholds.clone());
    for second in 1..=7_200 {
        judge.observe(&Block {
            control: Load::healthy(10.0).block(&mut rng, &thresholds),
            canary: canary.block(&mut rng, &thresholds),
            stable: Some(Load::healthy(80.0).errors_only(&mut rng)),
        });
        if judge.decision() == Decision::Fail {
            return Some(f64::from(second));
        }
    }
    None
}

#[test]
fn a_doubled_tail_is_stopped_within_minutes() {
    let healthy = Latency::HEALTHY;
    let shapes = [
        ("3 % against 1 % above p99", Latency { slow_share: 0.021, slow_factor: 20.0, ..healthy }, 110.0),
        ("5 % of requests 6 times as slow", Latency { slow_share: 0.05, slow_factor: 6.0, ..healthy }, 90.0),
        ("all twice as slow", Latency { slow_share: 1.0, slow_factor: 2.0, ..healthy }, 12.0),
    ];
    for (name, latency, limit) in shapes {
        let times: Vec<Option<f64>> =
            (0..300).map(|number| seconds_to_fail(number, Load { latency, ..Load::healthy(10.0) })).collect();
        let (median, p90) = (quantile(&times, 0.5), quantile(&times, 0.9));
        println!("{name}: median {} s, p90 {} s", show(median), show(p90));
        assert!(median.is_some_and(|median| median <= limit), "seed {SEED}");
    }
}

#[test]
fn small_error_regressions_are_stopped_on_the_margin_that_the_defaults_give_them() {
    for (errors, releases, limit) in [(0.02, 200, 300.0), (0.01, 40, 3_600.0)] {
        let times: Vec<Option<f64>> = (0..releases)
            .map(|number| seconds_to_fail(number, Load { errors, ..Load::healthy(10.0) }))
            .collect();
        let (median, p90) = (quantile(&times, 0.5), quantile(&times, 0.9));
        println!(
            "{:.0} % errors against 0.5 % at 10 + 10 + 80 requests/s: median {} s, p90 {} s",
            errors * 100.0,
            show(median),
            show(p90)
        );
        assert!(median.is_some_and(|median| median <= limit), "seed {SEED}");
    }
}
