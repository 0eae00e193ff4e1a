//! The rank statistic of two samples as a function of a shift between them.
//!
//! For a shift d the sample x - d and the sample y are ranked together, ties by their mean rank. W(d) is the standardised rank sum of x - d, with the
//! correction for continuity: R's `wilcox.test(x, y, mu = d, exact = FALSE, correct = TRUE)`. It falls in steps as d grows. Both samples are sorted once, so
//! that each value of W costs one merge.

use super::percentile::sorted;

/// Two samples whose shift is asked for.
#[derive(Clone, Debug)]
pub struct Shift {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// The observations cannot be ranked: all are tied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tied;

/// What one merge counts.
#[derive(Default)]
struct Ranks {
    /// Twice the pairs in which x - d is greater, and once those that tie.
    twice_greater: u64,
    /// The sum of t^3 - t over the groups of t tied observations.
    ties: f64,
}

impl Shift {
    /// Of `x` over `y`. `None` where one of them is empty or has a value that is not finite.
    #[must_use]
    pub fn new(x: &[f64], y: &[f64]) -> Option<Self> {
        Self::of_sorted(sorted(x), sorted(y))
    }

    /// Of samples in ascending order, in which what is not finite stands at an end.
    pub(super) fn of_sorted(x: Vec<f64>, y: Vec<f64>) -> Option<Self> {
        let is_usable = |values: &[f64]| {
            values
                .first()
                .zip(values.last())
                .is_some_and(|(first, last)| first.is_finite() && last.is_finite())
        };
        (is_usable(&x) && is_usable(&y)).then_some(Self { x, y })
    }

    /// The least and the greatest difference of a value of x and one of y.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let ends = |values: &[f64]| values.first().copied().zip(values.last().copied()).unwrap_or_default();
        let ((x_min, x_max), (y_min, y_max)) = (ends(&self.x), ends(&self.y));
        (x_min - y_max, x_max - y_min)
    }

    /// W at the shift `d`.
    ///
    /// # Errors
    /// All observations are tied at this shift.
    pub fn statistic(&self, d: f64) -> Result<f64, Tied> {
        let (nx, ny) = (self.x.len() as f64, self.y.len() as f64);
        let Ranks { twice_greater, ties } = self.merged(d);
        let z = twice_greater as f64 / 2.0 - nx * ny / 2.0;
        let sigma = sigma(nx, ny, ties);
        if sigma.is_nan() || sigma <= 0.0 {
            return Err(Tied);
        }
        let correction = if z == 0.0 { 0.0 } else { z.signum() * 0.5 };
        Ok((z - correction) / sigma)
    }

    /// The share of pairs in which x is greater than y, ties counted by half: the common language effect size.
    #[must_use]
    pub fn superiority(&self) -> f64 {
        let pairs = self.x.len() as f64 * self.y.len() as f64;
        self.merged(0.0).twice_greater as f64 / (2.0 * pairs)
    }

    /// How many pairs of one value of each sample there are.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        (self.x.len() as u64).saturating_mul(self.y.len() as u64)
    }

    /// How many differences are at most `limit`.
    #[must_use]
    pub fn at_most(&self, limit: f64) -> u64 {
        let mut y = self.y.iter().peekable();
        let mut left = self.y.len() as u64;
        let count = |x: &f64| {
            while y.next_if(|y| x - **y > limit).is_some() {
                left = left.saturating_sub(1);
            }
            left
        };
        self.x.iter().map(count).sum()
    }

    /// How many values there are on both sides.
    #[must_use]
    pub fn values(&self) -> u64 {
        (self.x.len() as u64).saturating_add(self.y.len() as u64)
    }

    /// The differences above `low` and at most `high`, in no order.
    #[must_use]
    pub fn within(&self, low: f64, high: f64) -> Vec<f64> {
        let mut from = 0_usize;
        let of = |x: f64| {
            from += self.y.iter().skip(from).take_while(|y| x - **y > high).count();
            self.y.iter().skip(from).map(move |y| x - y).take_while(move |difference| *difference > low)
        };
        self.x.iter().copied().flat_map(of).collect()
    }

    /// The standard deviation of the rank sum at a shift at which no value of x ties with one of y.
    #[must_use]
    pub fn sigma_without_ties_across(&self) -> f64 {
        sigma(self.x.len() as f64, self.y.len() as f64, ties_within(&self.x) + ties_within(&self.y))
    }

    fn merged(&self, d: f64) -> Ranks {
        let mut ranks = Ranks::default();
        let mut x = self.x.iter().map(|x| x - d).peekable();
        let mut y = self.y.iter().copied().peekable();
        let mut below = 0_u64;
        loop {
            let value = match (x.peek(), y.peek()) {
                (Some(&x), Some(&y)) => x.min(y),
                (Some(&one), None) | (None, Some(&one)) => one,
                (None, None) => return ranks,
            };
            let of_x = run(&mut x, value);
            let of_y = run(&mut y, value);
            ranks.twice_greater += of_x * (2 * below + of_y);
            below += of_y;
            let tied = (of_x + of_y) as f64;
            ranks.ties += tied * tied * tied - tied;
        }
    }
}

/// The standard deviation of the rank sum of `nx` values among `ny` others.
fn sigma(nx: f64, ny: f64, ties: f64) -> f64 {
    (nx * ny / 12.0 * ((nx + ny + 1.0) - ties / ((nx + ny) * (nx + ny - 1.0)))).sqrt()
}

/// The sum of t^3 - t over the groups of t equal values, which are in ascending order.
fn ties_within(values: &[f64]) -> f64 {
    #[expect(clippy::float_cmp, reason = "a tie is the very same value")]
    let groups = values.chunk_by(|one, next| one == next);
    groups.map(|group| (group.len() as f64).powi(3) - group.len() as f64).sum()
}

/// Takes what equals `value` and counts it.
fn run(values: &mut std::iter::Peekable<impl Iterator<Item = f64>>, value: f64) -> u64 {
    let mut count = 0;
    #[expect(clippy::float_cmp, reason = "a tie is the very same value")]
    while values.next_if(|next| *next == value).is_some() {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{Shift, Tied};

    /// As R 4.3 has it: `wilcox.test(x, y, mu = m, exact = FALSE, correct = FALSE)` by hand for two small samples.
    #[test]
    fn ranks_of_small_samples_are_right() {
        let shift = Shift::new(&[3.0, 1.0, 2.0], &[2.0, 0.0]).unwrap();
        // Pairs with x > y: 1>0, 2>0, 3>0, 3>2; one tie of 2 and 2: 4.5 of 6.
        assert!((shift.superiority() - 0.75).abs() < 1e-15);
        // U - 3 = 1.5, less 0.5; variance 6/12 (6 - 6/20) = 2.85.
        let expected = 1.0 / 2.85_f64.sqrt();
        assert!((shift.statistic(0.0).unwrap() - expected).abs() < 1e-12);
        assert_eq!(shift.range(), (-1.0, 3.0));
    }

    #[test]
    fn one_value_on_both_sides_cannot_be_ranked() {
        assert_eq!(Shift::new(&[5.0], &[5.0]).unwrap().statistic(0.0), Err(Tied));
        assert_eq!(Shift::new(&[7.0, 7.0], &[5.0]).unwrap().statistic(2.0), Err(Tied));
    }

    #[test]
    fn what_is_not_finite_or_empty_is_no_sample() {
        for x in [&[][..], &[f64::NAN], &[f64::INFINITY, 1.0]] {
            assert!(Shift::new(x, &[1.0]).is_none() && Shift::new(&[1.0], x).is_none());
        }
    }
}
