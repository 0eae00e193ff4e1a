//! A controller that restarts after every block judges exactly like one that never does.

use weir_judge::{Block, Criteria, Decision, Sequential};

use crate::traffic::{Latency, Load, release, thresholds};

fn resumed(judge: &Sequential) -> Sequential {
    serde_json::from_str(&serde_json::to_string(judge).unwrap()).unwrap()
}

#[test]
fn a_run_resumed_after_every_block_equals_the_uninterrupted_one() {
    for number in 0..3 {
        let mut rng = release(3, number);
        let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
        // Margins whose decimals a careless JSON reader gets wrong in the last place.
        let mut criteria = Criteria::default();
        criteria.latency.as_mut().unwrap().margin.relative = 1.0 / 3.0;
        let mut whole = Sequential::new(criteria.clone(), thresholds.clone());
        let mut broken = Sequential::new(criteria, thresholds.clone());
        for second in 0..120_u64 {
            let canary = Load { errors: if second > 60 { 0.03 } else { 0.005 }, ..Load::healthy(20.0) };
            let block = Block {
                control: Load::healthy(if second % 7 == 0 { 0.0 } else { 20.0 }).block(&mut rng, &thresholds),
                canary: canary.block(&mut rng, &thresholds),
                stable: (second % 3 != 0).then(|| Load::healthy(60.0).errors_only(&mut rng)),
            };
            whole.observe(&block);
            broken = resumed(&broken);
            broken.observe(&block);
            assert_eq!(whole, broken, "release {number}, second {second}");
        }
        assert_eq!(whole.verdict(), resumed(&broken).verdict());
    }
}

#[test]
fn a_checkpoint_stays_small() {
    let mut rng = release(4, 0);
    let thresholds = thresholds(&mut rng, Latency::HEALTHY, 2_400);
    let mut judge = Sequential::new(Criteria::default(), thresholds.clone());
    for _ in 0..600 {
        let mut block = || Load::healthy(100.0).block(&mut rng, &thresholds);
        judge.observe(&Block { control: block(), canary: block(), stable: None });
    }
    let bytes = serde_json::to_string(&judge).unwrap().len();
    println!("checkpoint after 600 blocks: {bytes} bytes");
    assert!(bytes < 64 * 1024, "{bytes} bytes");
}

#[test]
fn a_fail_is_final_even_when_the_canary_recovers() {
    let mut rng = release(5, 0);
    let mut judge = Sequential::new(Criteria { latency: None, ..Criteria::default() }, Vec::new());
    for second in 0..900 {
        let canary = Load { errors: if second < 30 { 0.5 } else { 0.0 }, ..Load::healthy(20.0) };
        let control = Load::healthy(20.0).errors_only(&mut rng);
        judge.observe(&Block { control, canary: canary.errors_only(&mut rng), stable: None });
        assert!(second < 30 || judge.decision() == Decision::Fail);
    }
    let verdict = judge.verdict();
    assert!(verdict.e_value >= verdict.limit);
    assert_eq!(verdict.requests_needed, Some(0));
}
