//! Counts of durations in log-linear buckets, with bounded memory and at most 1 % error from 10 µs to 1 h.
//!
//! [`Histogram`] is the form for reading, merging and sending: only buckets that hold something are kept, so an empty one costs
//! nothing and a full one 28 KiB. The form for recording, with fixed slots for the buckets of an octave, is in [`recorder`](crate::recorder).
//! Sums and counts saturate, so that no input can make them wrap.

use std::cmp::Ordering;

mod bucket;
mod sparse;

pub use bucket::{BUCKETS, bucket_of, edge_at_or_above, lower_bound, middle, upper_bound};
pub use sparse::InvalidHistogram;

/// How many durations fell into each bucket, and their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// (bucket, count): buckets ascending and below [`BUCKETS`], counts above zero.
    counts: Vec<(u16, u64)>,
    sum_micros: u64,
}

impl Histogram {
    /// A histogram from (bucket, count) pairs as [`iter`](Self::iter) gives them: buckets ascending, each below [`BUCKETS`].
    /// Zero counts are left out.
    pub(crate) fn from_buckets(
        sum_micros: u64,
        buckets: impl IntoIterator<Item = (usize, u64)>,
    ) -> Result<Self, InvalidHistogram> {
        let mut counts: Vec<(u16, u64)> = Vec::new();
        for (bucket, count) in buckets {
            let known = u16::try_from(bucket).ok().filter(|_| bucket < BUCKETS);
            let index = known.ok_or(InvalidHistogram::UnknownBucket(bucket))?;
            if counts.last().is_some_and(|&(last, _)| last >= index) {
                return Err(InvalidHistogram::Unordered(bucket));
            }
            if count > 0 {
                counts.push((index, count));
            }
        }
        Ok(Self { counts, sum_micros })
    }

    /// Counts one duration of `micros` microseconds.
    pub fn record(&mut self, micros: u64) {
        let bucket = bucket_of(micros) as u16;
        match self.counts.binary_search_by_key(&bucket, |&(index, _)| index) {
            Ok(found) => {
                if let Some((_, count)) = self.counts.get_mut(found) {
                    *count = count.saturating_add(1);
                }
            }
            Err(place) => self.counts.insert(place, (bucket, 1)),
        }
        self.sum_micros = self.sum_micros.saturating_add(micros);
    }

    /// Number of durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |total, &(_, count)| total.saturating_add(count))
    }

    /// Whether nothing was counted. A snapshot taken amid recording may hold a sum whose count comes with the next one: that is
    /// not empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.sum_micros == 0
    }

    /// Sum of all durations in microseconds, exact.
    #[must_use]
    pub fn sum_micros(&self) -> u64 {
        self.sum_micros
    }

    /// The duration in microseconds that the share `q` of all durations does not exceed: the middle of the bucket of the
    /// ⌈q·n⌉-th smallest, so at most 1 % off. `q` outside 0..=1 is taken for the nearer end; `None` when empty.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let count = self.count() as f64;
        // 0.07 * 100 is a little above 7; without the allowance it would ask for the eighth.
        let rank = ((q.clamp(0.0, 1.0) - 1e-12) * count).ceil().max(1.0) as u64;
        let mut seen = 0_u64;
        self.iter().find_map(|(bucket, count)| {
            seen = seen.saturating_add(count);
            (seen >= rank).then(|| middle(bucket))
        })
    }

    /// Number of durations of at least `edge_micros` microseconds. Exact for an edge (see [`edge_at_or_above`]); any other value is
    /// moved to the next edge.
    #[must_use]
    pub fn count_above(&self, edge_micros: u64) -> u64 {
        let above = self.iter().filter(|&(bucket, _)| lower_bound(bucket) >= edge_micros);
        above.fold(0, |total, (_, count)| total.saturating_add(count))
    }

    /// Number of durations up to each of `bounds_micros` (ascending, microseconds), as a Prometheus histogram wants them. A bound
    /// inside a bucket counts that bucket whole, so it reads up to 1.6 % high; for the bucket `+Inf` use [`count`](Self::count).
    #[must_use]
    pub fn cumulative(&self, bounds_micros: &[u64]) -> Vec<u64> {
        let mut seen = 0_u64;
        let mut rest = self.iter().peekable();
        let up_to = |&bound: &u64| {
            while let Some((_, count)) = rest.next_if(|&(bucket, _)| bucket <= bucket_of(bound)) {
                seen = seen.saturating_add(count);
            }
            seen
        };
        bounds_micros.iter().map(up_to).collect()
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
        } else if !other.counts.is_empty() {
            self.counts = self.joined(other, u64::saturating_add);
        }
        self.sum_micros = self.sum_micros.saturating_add(other.sum_micros);
    }

    /// What was counted after `earlier`, a former state of this histogram. A bucket that shrank gives zero: see
    /// [`continues`](Self::continues).
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            counts: self.joined(earlier, u64::saturating_sub),
            sum_micros: self.sum_micros.saturating_sub(earlier.sum_micros),
        }
    }

    /// Whether this may be a later state of `earlier`: no count and no sum went down.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        self.sum_micros >= earlier.sum_micros && earlier.joined(self, u64::saturating_sub).is_empty()
    }

    /// (bucket, count) of the buckets that hold something, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.counts.iter().map(|&(bucket, count)| (usize::from(bucket), count))
    }

    /// `combine(mine, theirs)` of every bucket that either side has, without those that come to zero.
    fn joined(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Vec<(u16, u64)> {
        let mut joined = Vec::with_capacity(self.counts.len().max(other.counts.len()));
        let (mut mine, mut theirs) = (self.counts.iter().copied(), other.counts.iter().copied());
        let (mut left, mut right) = (mine.next(), theirs.next());
        loop {
            let order = match (left, right) {
                (Some((l, _)), Some((r, _))) => l.cmp(&r),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return joined,
            };
            let (l, r) = (left.filter(|_| order.is_le()), right.filter(|_| order.is_ge()));
            let count = combine(l.map_or(0, |(_, count)| count), r.map_or(0, |(_, count)| count));
            if let Some((bucket, _)) = l.or(r).filter(|_| count > 0) {
                joined.push((bucket, count));
            }
            if l.is_some() {
                left = mine.next();
            }
            if r.is_some() {
                right = theirs.next();
            }
        }
    }
}

#[cfg(test)]
mod tests;
