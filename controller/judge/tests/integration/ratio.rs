//! Whether tracks get the share of the requests that their weights say.

use rand::RngExt;
use weir_judge::ratio::{LIMIT, evidence, is_mismatched};

use crate::traffic::release;

const SEED: u64 = 23;
/// Stable, baseline, canary.
const SHARES: [f64; 3] = [0.9, 0.05, 0.05];

/// After how many requests, looked at after each, the counts are said not to follow `SHARES` where requests follow `truth`.
fn said_after(truth: [f64; 3], number: u64, requests: u64) -> Option<u64> {
    let mut rng = release(SEED, number);
    let mut counts = [0_u64; 3];
    (1..=requests).find(|_| {
        let drawn: f64 = rng.random();
        let part = if drawn < truth[0] { 0 } else { 1 + usize::from(drawn >= truth[0] + truth[1]) };
        counts[part] += 1;
        is_mismatched(&counts, &SHARES)
    })
}

#[test]
fn requests_that_follow_their_shares_are_hardly_ever_said_not_to() {
    let wrong = (0..2_000).filter(|&number| said_after(SHARES, number, 5_000).is_some()).count();
    println!("said of {wrong} of 2,000 that follow their shares, looked at after each of 5,000 requests");
    assert!(wrong <= 4, "seed {SEED}");
}

#[test]
fn a_canary_that_gets_less_than_its_share_is_seen() {
    for (truth, most) in [
        ([0.95, 0.05, 0.0], 400),
        ([0.93, 0.05, 0.02], 1_500),
        ([0.85, 0.05, 0.1], 1_000),
        ([0.92, 0.04, 0.04], 40_000),
    ] {
        let mut after: Vec<u64> =
            (0..50).map(|number| said_after(truth, number, 100_000).expect("it is seen")).collect();
        after.sort_unstable();
        println!("{truth:?} is seen after {} requests (median)", after[25]);
        assert!(after[25] <= most, "{truth:?}: {}, seed {SEED}", after[25]);
    }
}

#[test]
fn what_does_not_matter_is_not_said_however_sure_it_is() {
    let counts = [9_000_000, 525_000, 475_000];
    assert!(evidence(&counts, &SHARES).e_value() > LIMIT);
    assert!(!is_mismatched(&counts, &SHARES));
    assert!(is_mismatched(&[9_000_000, 600_000, 400_000], &SHARES));
}

#[test]
fn what_has_no_share_or_no_requests_says_nothing() {
    assert_eq!(evidence(&[5, 0], &[1.0, 0.0]).log().to_bits(), 0.0_f64.to_bits());
    assert_eq!(evidence(&[], &[]).log().to_bits(), 0.0_f64.to_bits());
    assert!(evidence(&[0, 0, 0], &SHARES).log().abs() < 1e-9);
    assert!(!is_mismatched(&[0, 0], &[0.0, 0.0]));
    // Shares need not sum to 1, and order does not matter.
    let (some, other) = (evidence(&[90, 10], &[95.0, 5.0]).log(), evidence(&[10, 90], &[0.05, 0.95]).log());
    assert!((some - other).abs() < 1e-9, "{some} {other}");
}
