//! A histogram as text: the sum, and a flat list `[bucket, count, bucket, count, …]` of the buckets that hold something.
//!
//! A list of numbers costs half of a list of pairs and stays readable. Reading checks everything: what comes in is bytes from the network.

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{BUCKETS, Histogram};

/// Buckets that are no histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHistogram {
    /// The layout has no such bucket.
    #[error("bucket {0} does not exist: there are {BUCKETS}")]
    UnknownBucket(usize),
    /// The number of a bucket is not above the one before.
    #[error("bucket {0} comes twice or too late: buckets are listed in ascending order")]
    Unordered(usize),
    /// The flat list ends with a bucket.
    #[error("the last bucket has no count: buckets and counts take turns")]
    Unpaired,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flat {
    #[serde(default)]
    sum_micros: u64,
    #[serde(default)]
    buckets: Vec<u64>,
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let buckets = self.iter().flat_map(|(bucket, count)| [bucket as u64, count]).collect();
        Flat { sum_micros: self.sum_micros, buckets }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Flat { sum_micros, buckets } = Flat::deserialize(deserializer)?;
        let (pairs, rest) = buckets.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(de::Error::custom(InvalidHistogram::Unpaired));
        }
        let pairs =
            pairs.iter().map(|&[bucket, count]| (usize::try_from(bucket).unwrap_or(usize::MAX), count));
        Self::from_buckets(sum_micros, pairs).map_err(de::Error::custom)
    }
}
