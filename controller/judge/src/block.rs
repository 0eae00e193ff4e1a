//! What one scrape measured: the judge's only input.

use serde::{Deserialize, Serialize};

use crate::Counts;

/// One track in one block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackBlock {
    /// Requests that ended in this block.
    pub requests: u64,
    /// Those that ended in an error of the upstream.
    pub errors: u64,
    /// Requests whose latency counts: without those to pods that are warming up.
    pub timed: u64,
    /// Of the timed requests, those slower than each threshold, in the thresholds' order.
    pub above: Vec<u64>,
}

impl TrackBlock {
    /// Errors among the requests.
    #[must_use]
    pub fn error_counts(&self) -> Counts {
        Counts::new(self.requests, self.errors)
    }

    /// Slow ones among the timed requests; nothing where the block does not carry that threshold.
    #[must_use]
    pub fn counts_above(&self, threshold: usize) -> Counts {
        self.above.get(threshold).map_or_else(Counts::default, |&above| Counts::new(self.timed, above))
    }
}

/// All tracks between two scrapes, usually one second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// What the canary is compared with: baseline, or stable where there is no baseline.
    pub control: TrackBlock,
    /// The release.
    pub canary: TrackBlock,
    /// Stable, where the control is the baseline: joins it against gross failures (errors only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<TrackBlock>,
}
