//! The guard: a verdict every second over a healthy release must hardly ever abort it.

use weir_judge::{Block, Criteria, Decision, Sequential};

use crate::traffic::{Latency, Load, release, thresholds};

const SEED: u64 = 7;
const RELEASES: u64 = 2_000;
const SECONDS: u64 = 600;

#[test]
fn a_healthy_release_watched_every_second_is_hardly_ever_aborted() {
    let mut aborted = Vec::new();
    for number in 0..RELEASES {
        let mut rng = release(SEED, number);
        let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
        let mut judge = Sequential::without_intervals(Criteria::default(), thresholds.clone());
        for _ in 0..SECONDS {
            judge.observe(&Block {
                control: Load::healthy(10.0).block(&mut rng, &thresholds),
                canary: Load::healthy(10.0).block(&mut rng, &thresholds),
                stable: Some(Load::healthy(80.0).errors_only(&mut rng)),
            });
            if judge.decision() == Decision::Fail {
                aborted.push((number, judge.verdict().reason));
                break;
            }
        }
    }
    println!("false aborts: {} of {RELEASES} healthy releases of {SECONDS} s", aborted.len());
    assert!(aborted.len() as f64 <= 0.01 * RELEASES as f64, "seed {SEED}: {aborted:#?}");
}
