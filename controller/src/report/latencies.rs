//! How latencies are distributed, in ranges that are the same for every release.

use serde::{Deserialize, Serialize};
use weir_api::Track;
use weir_telemetry::histogram::Histogram;

use crate::sample::Tracks;

/// Ends of the ranges, microseconds: ten to each power of ten, from 0.1 ms to 100 s.
const TENTHS: [u64; 10] = [100, 126, 158, 200, 251, 316, 398, 501, 631, 794];

/// Latencies of one track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackLatencies {
    /// The track.
    pub track: Track,
    /// Ranges in which there is a request, and all between them.
    pub buckets: Vec<LatencyBucket>,
}

/// Requests in one range of latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyBucket {
    /// Its end, microseconds; it begins where the one before ends.
    pub up_to_micros: u64,
    /// Steady requests in it.
    pub requests: u64,
}

impl TrackLatencies {
    /// Of stable, baseline and canary; of those that served something.
    #[must_use]
    pub(super) fn all(tracks: &Tracks) -> Vec<Self> {
        let all = [
            (Track::Stable, &tracks.stable.duration),
            (Track::Baseline, &tracks.baseline.duration),
            (Track::Canary, &tracks.canary.duration),
        ];
        let some = all.into_iter().filter(|(_, times)| times.count() > 0);
        some.map(|(track, times)| Self { track, buckets: buckets(times) }).collect()
    }
}

fn buckets(times: &Histogram) -> Vec<LatencyBucket> {
    let powers = (0..6).map(|power| 10_u64.pow(power));
    let bounds: Vec<u64> = powers.flat_map(|power| TENTHS.map(|tenth| tenth * power)).collect();
    let up_to = times.cumulative(&bounds);
    let before = std::iter::once(&0).chain(&up_to);
    let mut buckets: Vec<LatencyBucket> = bounds
        .iter()
        .zip(&up_to)
        .zip(before)
        .map(|((bound, up_to), before)| LatencyBucket {
            up_to_micros: *bound,
            requests: up_to.saturating_sub(*before),
        })
        .collect();
    let first = buckets.iter().position(|bucket| bucket.requests > 0).unwrap_or_default();
    let last = buckets.iter().rposition(|bucket| bucket.requests > 0).unwrap_or_default();
    buckets.truncate(last.saturating_add(1));
    buckets.drain(..first.min(buckets.len()));
    buckets
}
