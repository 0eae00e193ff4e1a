//! How fast a failing canary is told, and how rarely one that is no worse than its control.

use weir_telemetry::burst::{Burst, Counted};

/// A small generator, the same in every run.
struct Random(u64);

impl Random {
    fn chance(&mut self, share: f64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a share of 2^53")]
        let unit = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        unit < share
    }

    /// This many requests of the control, with this share of failures.
    fn control(&mut self, requests: u64, share: f64) -> Counted {
        let failures = (0..requests).filter(|_| self.chance(share)).count();
        Counted { requests, failures: u64::try_from(failures).unwrap() }
    }
}

/// Requests of the canary until it is told, after a time in which nothing failed but a thousandth.
fn requests_until(random: &mut Random, canary: f64, control: (u64, f64)) -> u64 {
    let mut burst = Burst::default();
    for _ in 0..200 {
        assert_eq!(burst.observe(random.chance(0.001), random.control(control.0, 0.001)), None);
    }
    (1..100_000)
        .find(|_| burst.observe(random.chance(canary), random.control(control.0, control.1)).is_some())
        .unwrap_or(u64::MAX)
}

#[test]
fn a_failing_canary_is_told_within_a_few_requests() {
    let mut random = Random(88_172_645_463_325_252);
    // Share of the canary's requests that fail, requests of the control for each of them, and the median and p99 of its requests until then.
    for (canary, control, median, p99) in [
        (1.0, 19, 7, 7),
        (1.0, 4, 8, 11),
        (1.0, 1, 13, 17),
        (1.0, 0, 26, 26),
        (0.5, 19, 15, 30),
        (0.2, 19, 43, 110),
        (0.2, 4, 57, 150),
    ] {
        let mut needed: Vec<u64> =
            (0..1000).map(|_| requests_until(&mut random, canary, (control, 0.001))).collect();
        needed.sort_unstable();
        assert!(
            needed[500] <= median && needed[990] <= p99,
            "{canary} beside {control}: {} and {}",
            needed[500],
            needed[990]
        );
    }
}

#[test]
fn a_canary_no_worse_than_its_control_is_left_alone() {
    let mut random = Random(1);
    for share in [0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9, 1.0] {
        for beside in [1, 4, 19] {
            let mut burst = Burst::default();
            let told = (0..100_000)
                .filter(|_| burst.observe(random.chance(share), random.control(beside, share)).is_some())
                .count();
            assert_eq!(told, 0, "{share} on both sides, {beside} beside each");
        }
    }
}

#[test]
fn what_hits_both_is_no_burst() {
    let mut random = Random(7);
    for share in [0.3, 0.5, 1.0] {
        for beside in [1, 4, 19] {
            let told = (0..2000)
                .filter(|_| {
                    let mut burst = Burst::default();
                    (0..400).any(|n| {
                        let share = if n < 100 { 0.001 } else { share };
                        burst.observe(random.chance(share), random.control(beside, share)).is_some()
                    })
                })
                .count();
            assert!(told <= 4, "{told} of 2,000 outages of {share}, {beside} beside each");
        }
    }
}

#[test]
fn what_is_told_counts_from_when_it_began() {
    let mut burst = Burst::default();
    let fine = Counted { requests: 20, failures: 0 };
    for _ in 0..1000 {
        assert_eq!(burst.observe(false, fine), None);
    }
    let told = (0..50).find_map(|_| burst.observe(true, fine));
    assert_eq!(told, Some(Counted { requests: 7, failures: 7 }));
}
