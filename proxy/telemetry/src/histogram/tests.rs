//! Rules of the histogram: what it counts, reads back, merges and subtracts.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{BUCKETS, Histogram, InvalidHistogram, bucket_of, edge_at_or_above};

fn of(durations: &[u64]) -> Histogram {
    let mut histogram = Histogram::default();
    for &micros in durations {
        histogram.record(micros);
    }
    histogram
}

/// Durations from 1 µs to 71 minutes, as many in each octave.
fn durations() -> impl Strategy<Value = Vec<u64>> {
    vec(
        (0_u32..32, any::<u32>()).prop_map(|(octave, f)| (1 << octave) + ((u64::from(f) << octave) >> 32)),
        0..200,
    )
}

#[test]
fn an_empty_histogram_has_no_quantile() {
    let empty = Histogram::default();
    assert_eq!((empty.count(), empty.sum_micros(), empty.is_empty()), (0, 0, true));
    assert_eq!(empty.quantile(0.5), None);
    assert_eq!(empty.cumulative(&[1, 1_000]), [0, 0]);
}

#[test]
fn a_quantile_is_the_value_at_its_rank() {
    let hundred = of(&(1..=100).collect::<Vec<_>>());
    for (q, micros) in [(0.0, 1), (0.01, 1), (0.07, 7), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)] {
        assert_eq!(hundred.quantile(q), Some(micros), "q = {q}");
    }
    assert_eq!((hundred.quantile(-1.0), hundred.quantile(2.0)), (Some(1), Some(100)));
    assert_eq!(hundred.quantile(f64::NAN), Some(1));
}

#[test]
fn counts_and_sums_stop_at_the_largest_number_instead_of_wrapping() {
    let mut full = Histogram::from_buckets(u64::MAX, [(3, u64::MAX), (4, u64::MAX)]).unwrap();
    full.record(3);
    full.merge(&full.clone());
    assert_eq!((full.count(), full.sum_micros()), (u64::MAX, u64::MAX));
    assert_eq!(full.quantile(0.5), Some(3));
}

#[test]
fn a_sum_without_its_count_is_kept_but_has_no_quantile() {
    let torn = Histogram::from_buckets(90, []).unwrap();
    assert_eq!((torn.is_empty(), torn.quantile(0.5)), (false, None));
    let mut merged = torn.clone();
    merged.merge(&of(&[10]));
    assert_eq!((merged.count(), merged.sum_micros()), (1, 100));
    assert!(!of(&[10]).continues(&torn));
}

#[test]
fn buckets_that_are_unknown_or_out_of_order_are_refused() {
    let unknown = Histogram::from_buckets(0, [(BUCKETS, 1)]);
    assert_eq!(unknown, Err(InvalidHistogram::UnknownBucket(BUCKETS)));
    assert_eq!(Histogram::from_buckets(0, [(7, 1), (7, 1)]), Err(InvalidHistogram::Unordered(7)));
    assert_eq!(Histogram::from_buckets(0, [(7, 1), (6, 1)]), Err(InvalidHistogram::Unordered(6)));
}

#[test]
fn text_that_is_no_histogram_is_refused_with_the_reason() {
    for (text, reason) in [
        (r#"{"buckets":[1]}"#, "has no count"),
        (r#"{"buckets":[5000,1]}"#, "does not exist"),
        (r#"{"buckets":[2,1,1,1]}"#, "ascending"),
        (r#"{"buckets":[-1,1]}"#, "invalid value"),
    ] {
        let error = serde_json::from_str::<Histogram>(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn every_quantile_is_within_one_percent_of_the_sorted_values(mut durations in durations(), q in 0.0_f64..=1.0) {
        let histogram = of(&durations);
        durations.sort_unstable();
        let rank = ((q * durations.len() as f64).ceil() as usize).max(1);
        let exact = durations.get(rank - 1).copied();
        prop_assert_eq!(exact.is_some(), histogram.quantile(q).is_some());
        if let (Some(exact), Some(read)) = (exact.filter(|&exact| exact <= 3_600_000_000), histogram.quantile(q)) {
            prop_assert!(read.abs_diff(exact) * 100 <= exact, "{exact} us was read as {read} us");
        }
    }

    #[test]
    fn counts_on_either_side_of_an_edge_are_exact(durations in durations(), threshold in 1_u64..10_000_000) {
        let edge = edge_at_or_above(threshold);
        let exact = durations.iter().filter(|&&micros| micros >= edge).count() as u64;
        prop_assert_eq!(of(&durations).count_above(edge), exact);
        prop_assert_eq!(of(&durations).count_above(threshold), exact);
    }

    #[test]
    fn cumulative_counts_rise_to_the_total(durations in durations(), mut bounds in vec(any::<u32>(), 0..20)) {
        bounds.sort_unstable();
        let bounds: Vec<u64> = bounds.into_iter().map(u64::from).collect();
        let at_most = |bound: &u64| durations.iter().filter(|&&d| bucket_of(d) <= bucket_of(*bound)).count() as u64;
        prop_assert_eq!(of(&durations).cumulative(&bounds), bounds.iter().map(at_most).collect::<Vec<_>>());
    }

    #[test]
    fn merging_two_is_recording_all(first in durations(), second in durations()) {
        let mut merged = of(&first);
        merged.merge(&of(&second));
        prop_assert_eq!(merged, of(&[first, second].concat()));
    }

    #[test]
    fn a_later_state_minus_the_earlier_is_what_came_between(before in durations(), after in durations()) {
        let (earlier, later) = (of(&before), of(&[before.clone(), after.clone()].concat()));
        prop_assert!(later.continues(&earlier));
        prop_assert_eq!(earlier.continues(&later), after.is_empty());
        prop_assert_eq!(later.since(&earlier), of(&after));
    }

    #[test]
    fn text_comes_back_unchanged(durations in durations()) {
        let histogram = of(&durations);
        let text = serde_json::to_string(&histogram).unwrap();
        prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
    }
}
