//! The statistics of interleaved rounds. Pure.
//!
//! Two processes are compared within a round only, because the machine is another one in the next; the median over the rounds is what is
//! reported. A proxy of no cost would still cost what a relay does, so the share that is the proxy's own is `added`.

/// Median; the mean of the middle two when they are two. `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len().max(1) - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// Least and most.
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

/// Median of the ratios of the same round; rounds in which one is missing are left out.
pub(crate) fn same_round(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Option<f64> {
    let pairs = ours.iter().zip(theirs).filter_map(|(ours, theirs)| Some(((*ours)?, (*theirs)?)));
    median(&pairs.filter(|(_, theirs)| *theirs > 0.0).map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>())
}

/// Median of `(ours - floor) / (theirs - floor)` of the same round. Rounds in which the peer is not above the floor say nothing.
pub(crate) fn added(ours: &[Option<f64>], theirs: &[Option<f64>], floor: &[Option<f64>]) -> Option<f64> {
    let rounds = ours.iter().zip(theirs).zip(floor);
    let rounds = rounds.filter_map(|((ours, theirs), floor)| Some(((*ours)?, (*theirs)?, (*floor)?)));
    let shares = rounds
        .filter(|(_, theirs, floor)| theirs > floor)
        .map(|(ours, theirs, floor)| (ours - floor) / (theirs - floor));
    median(&shares.collect::<Vec<_>>())
}

/// The value at `share` of the sorted `values`.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let wanted = share * float(u64::try_from(last).ok()?);
    let index = (0..=last).find(|index| u64::try_from(*index).is_ok_and(|index| float(index) >= wanted))?;
    sorted.get(index).copied()
}

/// A count as a number to reckon with.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{added, median, quantile, range, same_round};

    fn close(value: Option<f64>, wanted: f64) -> bool {
        value.is_some_and(|value| (value - wanted).abs() < 1e-9)
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        assert!(close(median(&[3.0, 1.0, 2.0]), 2.0));
        assert!(close(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(range(&[2.0, 1.0, 3.0]), Some((1.0, 3.0)));
    }

    #[test]
    fn ratios_are_of_the_same_round_and_not_of_medians() {
        let ours = [Some(10.0), Some(40.0), Some(30.0)];
        let theirs = [Some(20.0), Some(40.0), Some(20.0)];
        assert!(close(same_round(&ours, &theirs), 1.0), "of 0.5, 1 and 1.5");
    }

    #[test]
    fn a_round_that_lacks_one_side_is_left_out() {
        assert!(close(same_round(&[Some(1.0), None, Some(3.0)], &[Some(2.0), Some(1.0), None]), 0.5));
        assert_eq!(same_round(&[None], &[Some(1.0)]), None);
    }

    #[test]
    fn what_is_added_is_counted_from_the_floor() {
        let (ours, theirs, floor) =
            ([Some(14.0), Some(9.0)], [Some(18.0), Some(9.0)], [Some(10.0), Some(10.0)]);
        assert!(close(added(&ours, &theirs, &floor), 0.5), "the second round has a peer below the floor");
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!(close(quantile(&sorted, 0.5), 3.0));
        assert!(close(quantile(&sorted, 0.99), 5.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
