//! Stable's latencies of the last minutes, from which the thresholds of a release are taken before it begins. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_judge::Threshold;
use weir_telemetry::histogram::{Histogram, edge_at_or_above};

/// Fewer requests than this say too little about a tail.
const ENOUGH: u64 = 100;
const SLOT: Duration = Duration::from_secs(10);
const SLOTS: usize = 60;

/// A sliding window of ten minutes, in steps of ten seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Recent {
    slots: VecDeque<Slot>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    since: Timestamp,
    duration: Histogram,
}

impl Recent {
    /// Adds what was measured until `now`.
    pub fn add(&mut self, duration: &Histogram, now: Timestamp) {
        while self.slots.front().is_some_and(|slot| now.since(slot.since) >= SLOT * 60)
            || self.slots.len() > SLOTS
        {
            self.slots.pop_front();
        }
        if duration.is_empty() {
            return;
        }
        match self.slots.back_mut().filter(|slot| now.since(slot.since) < SLOT) {
            Some(slot) => slot.duration.merge(duration),
            None => self.slots.push_back(Slot { since: now, duration: duration.clone() }),
        }
    }

    /// Thresholds at the quantiles that the judge asks about, on bucket edges so that counts above them are exact; `None` while too few
    /// requests were served. Quantiles that fall on one edge give one threshold.
    #[must_use]
    pub fn thresholds(&self) -> Option<Vec<Threshold>> {
        let mut all = Histogram::default();
        for slot in &self.slots {
            all.merge(&slot.duration);
        }
        if all.count() < ENOUGH {
            return None;
        }
        let mut thresholds: Vec<Threshold> = Vec::new();
        for quantile in Threshold::QUANTILES {
            let Some(micros) = all.quantile(quantile).map(edge_at_or_above) else { continue };
            if thresholds.last().is_none_or(|last| last.micros < micros) {
                thresholds.push(Threshold { quantile, micros });
            }
        }
        Some(thresholds)
    }

    /// Requests in the window, and those that thresholds need.
    #[must_use]
    pub fn requests(&self) -> (u64, u64) {
        (self.slots.iter().map(|slot| slot.duration.count()).sum(), ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use weir_api::Timestamp;
    use weir_telemetry::histogram::{Histogram, edge_at_or_above};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn requests(n: u64, micros: u64) -> Histogram {
        let mut histogram = Histogram::default();
        (0..n).for_each(|_| histogram.record(micros));
        histogram
    }

    #[test]
    fn thresholds_need_enough_requests_and_lie_on_edges() {
        let mut recent = Recent::default();
        recent.add(&requests(99, 12_345), at(0));
        assert_eq!(recent.thresholds(), None);
        recent.add(&requests(1, 99_999), at(1));
        let thresholds = recent.thresholds().unwrap();
        assert!(thresholds.iter().all(|t| t.micros == edge_at_or_above(t.micros)));
        assert_eq!(thresholds.len(), 2, "p50 to p99 fall on one edge: {thresholds:?}");
    }

    #[test]
    fn what_is_older_than_ten_minutes_is_forgotten() {
        let mut recent = Recent::default();
        recent.add(&requests(100, 1000), at(0));
        recent.add(&requests(100, 5000), at(599));
        assert_eq!(recent.requests().0, 200);
        recent.add(&Histogram::default(), at(600));
        assert_eq!(recent.requests().0, 100);
    }
}
