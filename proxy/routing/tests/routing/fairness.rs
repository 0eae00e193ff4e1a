//! The windowed draw: every prefix within one request of the share, in an order without a period.

use weir_routing::fraction::Fraction;
use weir_routing::random::Random;
use weir_routing::turns::Draw;

const DRAWS: u64 = 1_000_000;
const WHOLE: u32 = 10_000;
/// 0.01, 1, 5, 33.33, 50, 66.67 and 99.99 %.
const SHARES: [u32; 7] = [1, 100, 500, 3333, 5000, 6667, 9999];

/// The draws of one level.
fn draws(share: u32, seed: u64, count: u64) -> impl Iterator<Item = bool> {
    let mut random = Random::new(seed);
    let mut draw = Draw::new(Fraction::new(share, WHOLE), &mut random);
    (0..count).map(move |_| draw.next(&mut random))
}

#[test]
fn every_prefix_is_within_one_request_of_the_share() {
    for share in SHARES {
        for seed in 0..4 {
            let mut hits = 0;
            for (index, hit) in (1..=DRAWS).zip(draws(share, seed, DRAWS)) {
                hits += u64::from(hit);
                // hits - n w, in units of 1/10,000 of a request.
                let off = (hits * u64::from(WHOLE)).abs_diff(index * u64::from(share));
                assert!(off <= u64::from(WHOLE), "share {share}, seed {seed}: {hits} of {index}");
            }
        }
    }
}

#[test]
fn nothing_and_everything_are_exact() {
    for seed in 0..100 {
        assert!(draws(0, seed, 1000).all(|hit| !hit));
        assert!(draws(WHOLE, seed, 1000).all(|hit| hit));
    }
}

/// Slots within their windows are independent: neither alternating nor clustered halves, and no interval is the usual one.
#[test]
fn the_order_has_no_fixed_period() {
    for share in SHARES {
        // Of the rarer side: at 99.99 % the misses are what is drawn.
        let rare = u64::from(share.min(WHOLE - share));
        let whole = u64::from(WHOLE);
        let count = DRAWS.min(whole / rare * 4000);
        for seed in 0..16 {
            let hits: Vec<u64> = (0..count)
                .zip(draws(share, seed, count))
                .filter(|(_, hit)| *hit == (u64::from(share) == rare))
                .map(|(index, _)| index)
                .collect();
            let late = |(window, slot): (u64, &u64)| {
                let (start, end) = (window * whole / rare, (window + 1) * whole / rare);
                assert!(
                    (start..end).contains(slot),
                    "share {share}, seed {seed}: slot {slot} is not in {start}..{end}"
                );
                2 * (slot - start) + 1 >= end - start
            };
            let z = runs(&(0..).zip(&hits).map(late).collect::<Vec<bool>>());
            assert!(z.abs() < 4.5, "share {share}, seed {seed}: z = {z} over {} windows", hits.len());
            let gaps: Vec<u64> = hits.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let nominal = gaps.iter().filter(|gap| **gap == whole / rare).count();
            assert!(
                nominal * 4 < gaps.len() * 3,
                "share {share}, seed {seed}: {nominal} of {} gaps are the nominal period",
                gaps.len()
            );
        }
    }
}

/// Wald-Wolfowitz: how many standard deviations the number of runs is from that of a random order.
fn runs(sides: &[bool]) -> f64 {
    let count = |side: bool| f64::from(u32::try_from(sides.iter().filter(|s| **s == side).count()).unwrap());
    let (above, below) = (count(true), count(false));
    let total = above + below;
    let changes = u32::try_from(sides.windows(2).filter(|pair| pair[0] != pair[1]).count()).unwrap();
    let mean = 2.0 * above * below / total + 1.0;
    let variance = (mean - 1.0) * (mean - 2.0) / (total - 1.0);
    (f64::from(changes) + 1.0 - mean) / variance.sqrt()
}

#[test]
fn the_runs_test_sees_a_period_and_a_cluster() {
    let alternating: Vec<bool> = (0..1000).map(|i| i % 2 == 0).collect();
    let clustered: Vec<bool> = (0..1000).map(|i| i / 10 % 2 == 0).collect();
    assert!(runs(&alternating) > 4.5 && runs(&clustered) < -4.5);
}

/// With a fixed period T the series repeats after T with correlation 1; windows of T slots with a random one each leave none.
#[test]
fn the_order_does_not_correlate_with_itself_at_the_nominal_period() {
    for share in [1, 100, 500, 1000, 2000] {
        let period = usize::try_from(WHOLE / share).unwrap();
        let count = DRAWS.min(u64::from(WHOLE / share) * 4000);
        for seed in 0..8 {
            let series: Vec<bool> = draws(share, seed, count).collect();
            let hits = series.iter().filter(|hit| **hit).count();
            let pairs = series.iter().zip(&series[period..]).filter(|(a, b)| **a && **b).count();
            // Independent slots meet in 1 of `period` windows.
            let expected = hits / period;
            assert!(
                pairs <= expected + 4 * (expected + 1).isqrt() + 4,
                "share {share}, seed {seed}: {pairs} of {hits} hits return after {period}"
            );
            // And each slot of a window is about as likely as any other.
            if period <= 100 {
                let mut slots = vec![0usize; period];
                for (index, _) in series.iter().enumerate().filter(|(_, hit)| **hit) {
                    slots[index % period] += 1;
                }
                let mean = hits / period;
                let spread = 6 * mean.isqrt() + 6;
                assert!(
                    slots.iter().all(|n| n.abs_diff(mean) <= spread),
                    "share {share}, seed {seed}: {slots:?}"
                );
            }
        }
    }
}

#[test]
fn different_seeds_give_different_orders_and_the_same_seed_the_same() {
    let order = |seed| draws(500, seed, 1000).collect::<Vec<bool>>();
    assert_eq!(order(1), order(1));
    assert!((2..50).all(|seed| order(seed) != order(1)));
}
