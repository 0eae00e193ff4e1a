//! The same bounds, found exactly: the crossing points of a step function are differences of one value of each sample.

use super::bounds::{Bounds, quantile};
use super::shift::Shift;

impl Shift {
    /// The interval at `confidence` and the estimate of Hodges and Lehmann. An end that the samples are too few to find is infinite.
    #[must_use]
    pub fn exact(&self, confidence: f64) -> Bounds {
        let (z, sigma) = (quantile(confidence), self.sigma_without_ties_across());
        let pairs = self.pairs();
        let (middle, reach) = (pairs as f64 / 2.0, z * sigma);
        // How many differences may be greater at the crossing: (u - middle -/+ 1/2) / sigma = +/-z.
        let low = self.difference_with_greater(middle + reach + 0.5).unwrap_or(f64::NEG_INFINITY);
        let high = self.difference_with_greater(middle - reach - 0.5).unwrap_or(f64::INFINITY);
        let (below, above) = (self.difference(pairs.div_ceil(2)), self.difference(pairs / 2 + 1));
        Bounds { low, high, estimate: f64::midpoint(below, above) }
    }

    /// Whether the samples are enough for a difference to show at `confidence`, were it as clear as can be: else an end of the exact interval is infinite.
    #[must_use]
    pub fn can_show(&self, confidence: f64) -> bool {
        let pairs = self.pairs() as f64;
        pairs / 2.0 + quantile(confidence) * self.sigma_without_ties_across() + 0.5 < pairs
    }

    /// The least difference with at most `greater` differences above it; `None` where that is none or all of them.
    fn difference_with_greater(&self, greater: f64) -> Option<f64> {
        let pairs = self.pairs();
        if greater < 0.0 || greater >= pairs as f64 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of pairs"
        )]
        let greater = greater.floor() as u64;
        Some(self.difference(pairs.saturating_sub(greater)))
    }

    /// The `rank`-th smallest difference of a value of x and one of y, from 1 on. An interval that has it is made smaller until it has few others; those are put in
    /// order. A guess from how many differences are below alternates with a halving of the floats in between, so that no samples need more than 128 steps.
    fn difference(&self, rank: u64) -> f64 {
        let (least, mut high) = self.range();
        let (mut low, mut below, mut up_to) = (least.next_down(), 0_u64, self.pairs());
        let few = self.values().saturating_mul(2);
        let mut guesses = true;
        while up_to.saturating_sub(below) > few && low.next_up() < high {
            let share = (rank.saturating_sub(below)) as f64 / (up_to.saturating_sub(below)) as f64;
            let guess = (high - low).mul_add(share, low);
            let is_inside = guesses && guess > low && guess < high;
            let middle = if is_inside { guess } else { between(low, high) };
            guesses = !guesses;
            let count = self.at_most(middle);
            if count >= rank {
                (high, up_to) = (middle, count);
            } else {
                (low, below) = (middle, count);
            }
        }
        if low.next_up() >= high {
            return high;
        }
        let mut within = self.within(low, high);
        let place = usize::try_from(rank.saturating_sub(below).saturating_sub(1)).unwrap_or(usize::MAX);
        let place = place.min(within.len().saturating_sub(1));
        if within.is_empty() { high } else { *within.select_nth_unstable_by(place, f64::total_cmp).1 }
    }
}

/// The float in the middle of those from `low` to `high`.
fn between(low: f64, high: f64) -> f64 {
    let (low, high) = (key(low), key(high));
    value(low + (high - low) / 2)
}

/// A whole number in the order of the floats.
fn key(float: f64) -> u64 {
    let bits = float.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// Back again.
fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::{Shift, key, value};

    #[test]
    fn keys_are_in_the_order_of_floats_and_come_back() {
        let floats = [f64::NEG_INFINITY, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1e300, f64::INFINITY];
        for pair in floats.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
        assert!(floats.iter().all(|float| value(key(*float)).to_bits() == float.to_bits()));
    }

    #[test]
    fn every_rank_is_the_difference_that_sorting_finds() {
        let (x, y) = ([3.0, 1.5, 7.25, 1.5], [2.0, -4.0, 0.1]);
        let shift = Shift::new(&x, &y).unwrap();
        let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
        all.sort_unstable_by(f64::total_cmp);
        for (rank, expected) in (1..).zip(&all) {
            assert_eq!(shift.difference(rank).to_bits(), expected.to_bits(), "{rank}");
        }
    }

    /// More than are put in order at once; with ties, gaps, tiny and huge values.
    #[test]
    fn every_rank_of_many_is_the_difference_that_sorting_finds() {
        let scattered = |n: u32| f64::from(n * 7919 % 1000);
        let samples: [fn(f64) -> f64; 5] =
            [|v| v, |v| (v / 100.0).floor(), |v| v * 1e-300, |v| v.powi(9) - 5e20, |v| 1.0 / (v - 500.5)];
        for (kind, of) in samples.into_iter().enumerate() {
            let x: Vec<f64> = (0..60).map(|n| of(scattered(n))).collect();
            let y: Vec<f64> = (100..150).map(|n| of(scattered(n))).collect();
            let shift = Shift::new(&x, &y).unwrap();
            let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
            all.sort_unstable_by(f64::total_cmp);
            for (rank, expected) in (1..).zip(&all) {
                #[expect(clippy::float_cmp, reason = "the very same difference, but for the sign of 0")]
                let is_same = shift.difference(rank) == *expected;
                assert!(is_same, "{kind}: {rank}: {} and not {expected}", shift.difference(rank));
            }
        }
    }

    #[test]
    fn few_points_have_no_bounds_and_small_units_have() {
        let few = Shift::new(&[5.0, 6.0, 7.0], &[1.0, 2.0, 3.0]).unwrap().exact(0.98);
        assert!(few.low.is_infinite() && few.high.is_infinite(), "{few:?}");
        assert!((few.estimate - 4.0).abs() < 1e-12);
        let micros = |least: f64| -> Vec<f64> { (0..30).map(|n| (least + f64::from(n)) * 1e-9).collect() };
        let small = Shift::new(&micros(1000.0), &micros(500.0)).unwrap().exact(0.98);
        assert!((small.estimate - 500e-9).abs() < 1e-12 && small.low > 400e-9, "{small:?}");
    }
}
