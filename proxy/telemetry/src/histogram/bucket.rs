//! The edges of the buckets: log-linear, the same in every process.
//!
//! Every octave has 64 buckets of equal width, so a bucket is at most 1/64 of its lower edge wide and its middle is at most 0.8 %
//! away from any value in it. Values below 128 µs have a bucket of their own. The last bucket is open above.
//! Invariant: the edges are part of the wire form; another layout is another version of it.

/// log2 of the buckets in an octave.
const PRECISION: u32 = 6;
/// Buckets in an octave.
const PER_OCTAVE: u64 = 1 << PRECISION;
/// What a larger value is counted as: 2^32 - 1 µs, which is 71 minutes.
const LARGEST: u64 = (1 << 32) - 1;

/// Number of buckets.
pub const BUCKETS: usize = bucket_of(LARGEST) + 1;

/// The bucket that counts a value of `micros` microseconds; always below [`BUCKETS`].
#[must_use]
pub const fn bucket_of(micros: u64) -> usize {
    let micros = if micros > LARGEST { LARGEST } else { micros };
    // The value without its last `octave` bits is between 64 and 127, or the value itself in the first octave.
    let octave = u64::BITS - 1 - PRECISION - (micros | PER_OCTAVE).leading_zeros();
    (((octave as u64) << PRECISION) + (micros >> octave)) as usize
}

/// The smallest value of `bucket` in microseconds. A bucket that does not exist is taken for the last one.
#[must_use]
pub const fn lower_bound(bucket: usize) -> u64 {
    let bucket = if bucket < BUCKETS { bucket as u64 } else { BUCKETS as u64 - 1 };
    if bucket < 2 * PER_OCTAVE {
        return bucket;
    }
    (bucket % PER_OCTAVE + PER_OCTAVE) << (bucket / PER_OCTAVE - 1)
}

/// The end of `bucket` in microseconds, exclusive: the lower bound of the next one, or `u64::MAX` for the last.
#[must_use]
pub const fn upper_bound(bucket: usize) -> u64 {
    if bucket + 1 < BUCKETS { lower_bound(bucket + 1) } else { u64::MAX }
}

/// The value that stands for all of `bucket` in microseconds: its middle, or the lower bound of the last one.
#[must_use]
pub const fn middle(bucket: usize) -> u64 {
    let lower = lower_bound(bucket);
    if bucket + 1 < BUCKETS { lower + (upper_bound(bucket) - 1 - lower) / 2 } else { lower }
}

/// The smallest bucket edge that is not below `micros`: a threshold moved there splits the buckets cleanly, so that
/// [`count_above`](super::Histogram::count_above) is exact. `u64::MAX` beyond the last edge (70 minutes).
#[must_use]
pub const fn edge_at_or_above(micros: u64) -> u64 {
    let bucket = bucket_of(micros);
    if lower_bound(bucket) == micros { micros } else { upper_bound(bucket) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{BUCKETS, LARGEST, bucket_of, edge_at_or_above, lower_bound, middle, upper_bound};

    const HOUR: u64 = 3_600_000_000;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        assert_eq!(lower_bound(0), 0);
        for bucket in 0..BUCKETS {
            assert!(lower_bound(bucket) < upper_bound(bucket), "bucket {bucket} is empty");
            assert_eq!(bucket_of(lower_bound(bucket)), bucket);
            assert_eq!(bucket_of(upper_bound(bucket) - 1), bucket);
        }
    }

    #[test]
    fn the_edges_are_those_of_version_1_of_the_wire_form() {
        assert_eq!(BUCKETS, 1728);
        for (bucket, edge) in
            [(127, 127), (128, 128), (129, 130), (192, 256), (500, 7_424), (1_000, 1_703_936)]
        {
            assert_eq!(lower_bound(bucket), edge, "bucket {bucket}");
        }
    }

    #[test]
    fn every_value_below_128_microseconds_has_its_own_bucket() {
        for micros in 0..128 {
            assert_eq!(middle(bucket_of(micros)), micros);
        }
    }

    #[test]
    fn what_is_longer_than_the_range_falls_into_the_last_bucket() {
        assert_eq!(bucket_of(LARGEST + 1), BUCKETS - 1);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(lower_bound(usize::MAX), lower_bound(BUCKETS - 1));
        assert_eq!(edge_at_or_above(u64::MAX - 1), u64::MAX);
    }

    proptest! {
        /// The exponent is drawn first: uniform values would all lie in the last octaves.
        #[test]
        fn the_middle_of_a_bucket_is_within_one_percent(octave in 3_u32..32, fraction in any::<u32>()) {
            let micros = ((1 << octave) + ((u64::from(fraction) << octave) >> 32)).clamp(10, HOUR);
            let off = middle(bucket_of(micros)).abs_diff(micros);
            prop_assert!(off * 100 <= micros, "{micros} us is read as {off} us away");
        }

        #[test]
        fn an_edge_is_the_first_one_not_below(octave in 0_u32..32, fraction in any::<u32>()) {
            let micros = (1 << octave) + ((u64::from(fraction) << octave) >> 32);
            let edge = edge_at_or_above(micros);
            prop_assert!(edge >= micros);
            prop_assert_eq!(edge_at_or_above(edge), edge);
            let before = bucket_of(edge.min(LARGEST + 1) - 1);
            prop_assert!(lower_bound(before) < micros || edge == micros);
        }
    }
}
