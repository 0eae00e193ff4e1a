//! Histograms for recording: the total time and the time to the first byte of the same requests.
//!
//! A worker has thousands of series, and the durations of each lie in a few octaves. So counters come in blocks, one an octave, allocated on
//! its first duration; and the two counters of a bucket lie beside each other, because both times of a fast request fall into the same
//! bucket or nearly so.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::raise;
use crate::histogram::{BUCKETS, Histogram, bucket_of};

/// Buckets in a block: an octave.
const BLOCK: usize = 64;
/// Blocks that hold every bucket.
const BLOCKS: usize = BUCKETS.div_ceil(BLOCK);

/// Total time and time to the first byte.
#[derive(Debug)]
pub(super) struct Durations {
    total_micros: AtomicU64,
    first_byte_micros: AtomicU64,
    blocks: [OnceLock<Box<[Bucket; BLOCK]>>; BLOCKS],
}

/// How many durations fell into one bucket.
#[derive(Debug)]
struct Bucket {
    totals: AtomicU64,
    first_bytes: AtomicU64,
}

impl Durations {
    pub(super) fn new() -> Self {
        Self {
            total_micros: AtomicU64::new(0),
            first_byte_micros: AtomicU64::new(0),
            blocks: array::from_fn(|_| OnceLock::new()),
        }
    }

    /// Counts one request.
    pub(super) fn record(&self, total_micros: u64, first_byte_micros: Option<u64>) {
        if let Some(bucket) = self.bucket(total_micros) {
            raise(&bucket.totals, 1);
        }
        raise(&self.total_micros, total_micros);
        let Some(micros) = first_byte_micros else { return };
        if let Some(bucket) = self.bucket(micros) {
            raise(&bucket.first_bytes, 1);
        }
        raise(&self.first_byte_micros, micros);
    }

    /// Total times so far.
    pub(super) fn totals(&self) -> Histogram {
        self.histogram(&self.total_micros, |bucket| &bucket.totals)
    }

    /// Times to the first byte so far.
    pub(super) fn first_bytes(&self) -> Histogram {
        self.histogram(&self.first_byte_micros, |bucket| &bucket.first_bytes)
    }

    fn bucket(&self, micros: u64) -> Option<&Bucket> {
        let bucket = bucket_of(micros);
        self.blocks.get(bucket / BLOCK)?.get_or_init(block).get(bucket % BLOCK)
    }

    fn histogram(&self, sum: &AtomicU64, count: impl Fn(&Bucket) -> &AtomicU64) -> Histogram {
        let blocks =
            self.blocks.iter().enumerate().filter_map(|(number, block)| Some((number, block.get()?)));
        let counts = blocks.flat_map(|(number, block)| {
            let count = &count;
            let buckets = block.iter().enumerate();
            buckets.map(move |(place, bucket)| (number * BLOCK + place, count(bucket).load(Relaxed)))
        });
        // Blocks and places are the buckets of the layout, in order: nothing here that could be refused.
        Histogram::from_buckets(sum.load(Relaxed), counts).unwrap_or_default()
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self::new()
    }
}

#[cold]
fn block() -> Box<[Bucket; BLOCK]> {
    Box::new(array::from_fn(|_| Bucket { totals: AtomicU64::new(0), first_bytes: AtomicU64::new(0) }))
}
