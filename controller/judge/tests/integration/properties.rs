//! What holds for any counts at all.

use proptest::prelude::*;
use statrs::distribution::{Binomial, Discrete};
use weir_judge::bet::{Null, Portfolio, Prior, Process, Shares};
use weir_judge::interval::Interval;
use weir_judge::projection::project;
use weir_judge::{Block, Counts, Criteria, Decision, MAX_E, Margin, Sequential, Threshold, TrackBlock};

fn margin() -> impl Strategy<Value = Margin> {
    let relative = prop_oneof![Just(0.0), 0.0..3.0_f64];
    let absolute = prop_oneof![Just(0.0), 0.0..0.2_f64];
    (relative, absolute).prop_map(|(relative, absolute)| Margin { relative, absolute })
}

fn null() -> impl Strategy<Value = Null> {
    (margin(), any::<bool>())
        .prop_map(|(margin, harm)| if harm { Null::Harm(margin) } else { Null::NonInferiority(margin) })
}

fn any_counts() -> impl Strategy<Value = Counts> {
    prop_oneof![0..30_u64, 0..2_000_000_u64]
        .prop_flat_map(|n| (Just(n), prop_oneof![Just(0), Just(n), 0..=n]))
        .prop_map(|(n, k)| Counts::new(n, k))
}

/// Expectation of one block's factor, summed over everything that can happen.
fn expectation(null: Null, guess: Shares, truth: Shares, n: (u64, u64)) -> f64 {
    let (control, canary) =
        (Binomial::new(truth.control, n.0).unwrap(), Binomial::new(truth.canary, n.1).unwrap());
    let mut sum = 0.0;
    for k_control in 0..=n.0 {
        for k_canary in 0..=n.1 {
            let factor =
                null.log_factor(guess, Counts::new(n.0, k_control), Counts::new(n.1, k_canary)).exp();
            sum += factor * control.pmf(k_control) * canary.pmf(k_canary);
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bet_is_fair_at_its_projection_and_never_favourable_in_the_null(
        null in null(), control in 0.001..0.999_f64, canary in 0.001..0.999_f64,
        n in (1..9_u64, 1..9_u64), along in 0.0..1.0_f64, inside in 0.0..1.0_f64,
    ) {
        let guess = Shares { control, canary };
        let margin = null.margin();
        let highest = ((1.0 - margin.absolute) / (1.0 + margin.relative)).min(1.0);
        let boundary = project(margin, control, canary, (n.0 as f64, n.1 as f64)).unwrap();
        let there = Shares { control: boundary.control, canary: boundary.canary };
        let fair = expectation(null, guess, there, n);
        prop_assert!((fair - 1.0).abs() < 1e-9, "{fair} at {there:?}");
        // Anywhere else in the null: from the boundary towards the side where the null lies.
        let x = along * highest;
        let y = margin.limit(x).min(1.0);
        let truth = match null {
            Null::Harm(_) => Shares { control: x, canary: y * inside },
            Null::NonInferiority(_) => Shares { control: x, canary: y + (1.0 - y) * inside },
        };
        let elsewhere = expectation(null, guess, truth, n);
        prop_assert!(elsewhere <= 1.0 + 1e-9, "{elsewhere} at {truth:?}");
    }

    #[test]
    fn no_counts_make_a_number_that_is_not_one(
        null in null(), blocks in prop::collection::vec((any_counts(), any_counts()), 1..20),
    ) {
        let mut process = Process::new(null);
        let mut portfolio = Portfolio::harm(Prior::RARE);
        let mut interval = Interval::new(Prior::RARE);
        for (control, canary) in blocks {
            process.observe(control, canary);
            portfolio.observe(null, control, canary, 1.0);
            interval.observe(control, canary, 1.0);
            prop_assert!(process.log_e().is_finite());
            prop_assert!((0.0..=MAX_E).contains(&process.e_value()));
            prop_assert!((0.0..=MAX_E).contains(&portfolio.evidence().e_value()));
            let (lower, upper) = interval.bounds();
            prop_assert!(-1.0 <= lower && lower < upper && upper <= 1.0);
        }
    }

    #[test]
    fn swapping_tracks_and_directions_changes_nothing_without_a_margin(
        blocks in prop::collection::vec((0..5_000_u64, 0..5_000_u64, 0..5_000_u64, 0..5_000_u64), 1..20),
    ) {
        let mut harm = Process::new(Null::Harm(Margin::NONE));
        let mut mirrored = Process::new(Null::NonInferiority(Margin::NONE));
        for (control_n, control_k, canary_n, canary_k) in blocks {
            let (control, canary) = (Counts::new(control_n, control_k), Counts::new(canary_n, canary_k));
            harm.observe(control, canary);
            mirrored.observe(canary, control);
            let size = 1.0 + harm.log_e().abs();
            prop_assert!((harm.log_e() - mirrored.log_e()).abs() < 1e-6 * size);
        }
    }

    #[test]
    fn an_empty_side_carries_no_bet(null in null(), counts in any_counts(), control_is_empty in any::<bool>()) {
        let empty = Counts::default();
        let (control, canary) = if control_is_empty { (empty, counts) } else { (counts, empty) };
        let mut process = Process::new(null);
        for _ in 0..5 {
            process.observe(control, canary);
        }
        prop_assert_eq!(process.log_e(), 0.0);
    }

    #[test]
    fn more_canary_errors_in_a_block_are_never_less_evidence_of_harm(
        control in 0.001..0.5_f64, canary in 0.001..0.999_f64, margin in margin(),
        n in 1..200_u64, errors in 0..200_u64, baseline in any_counts(),
    ) {
        let guess = Shares { control, canary };
        let factor = |k| Null::Harm(margin).log_factor(guess, baseline, Counts::new(n, k));
        prop_assert!(factor(errors + 1) >= factor(errors) - 1e-9);
    }

    #[test]
    fn a_wider_margin_is_never_easier_to_exceed(
        control in 0.001..0.5_f64, canary in 0.001..0.999_f64, margin in margin(), more in 0.0..0.1_f64,
    ) {
        let wider = Margin { absolute: margin.absolute + more, ..margin };
        let growth = |margin| Null::Harm(margin).growth(Shares { control, canary }, 1.0);
        prop_assert!(growth(wider) <= growth(margin) + 1e-9);
    }

    #[test]
    fn every_verdict_can_be_written_as_json(
        blocks in prop::collection::vec((any_counts(), any_counts(), any_counts(), any::<bool>()), 0..12),
    ) {
        let thresholds = Threshold::QUANTILES.map(|quantile| Threshold { quantile, micros: 47_000 }).to_vec();
        let mut judge = Sequential::new(Criteria::default(), thresholds);
        let track = |counts: Counts| TrackBlock {
            requests: counts.n, errors: counts.k, timed: counts.n, above: vec![counts.k; 6],
        };
        for (control, canary, stable, joins) in blocks {
            let stable = joins.then(|| track(stable));
            judge.observe(&Block { control: track(control), canary: track(canary), stable });
            let verdict = judge.verdict();
            prop_assert_eq!(verdict.decision, judge.decision());
            prop_assert!(verdict.e_value.is_finite());
            let json = serde_json::to_string(&verdict).unwrap();
            prop_assert!(!json.contains("null,\"limit") && !json.contains("\"eHarm\":null"));
            prop_assert_eq!(serde_json::from_str::<weir_judge::Verdict>(&json).unwrap(), verdict);
        }
    }
}

#[test]
fn unusable_criteria_are_put_right() {
    let nan = Margin { relative: f64::NAN, absolute: f64::NEG_INFINITY };
    let mut criteria = Criteria { alpha: f64::NAN, ..Criteria::default() };
    criteria.errors.as_mut().unwrap().margin = nan;
    let judge = Sequential::new(criteria, Vec::new());
    assert_eq!(judge.criteria().alpha, 0.01);
    assert_eq!(judge.criteria().errors.unwrap().margin, Margin::NONE);
    assert_eq!(judge.decision(), Decision::NoData);
}

/// A release that was shown to be bad stays so, however well the canary does afterwards: who looks late must not find it sound.
#[test]
fn a_fail_is_final() {
    let track = |errors| TrackBlock { requests: 5, errors, ..TrackBlock::default() };
    let criteria = Criteria { latency: None, ..Criteria::default() };
    let mut judge = Sequential::new(criteria, Vec::new());
    let block = |errors| Block { control: track(0), canary: track(errors), stable: None };
    while judge.decision() != Decision::Fail {
        assert!(judge.blocks() < 100, "20 % errors fail soon");
        judge.observe(&block(1));
    }
    for _ in 0..2_000 {
        judge.observe(&block(0));
        assert_eq!(judge.decision(), Decision::Fail, "after {} blocks", judge.blocks());
    }
}
