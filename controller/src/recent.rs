//! What stable served in the last minutes: a release's thresholds are taken from it before the release begins, and it is the control where nothing
//! else is left that runs the old version. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_judge::{Threshold, TrackBlock};
use weir_telemetry::histogram::{Histogram, edge_at_or_above};
use weir_telemetry::window::Window;

/// Fewer requests than this say too little about a tail.
const ENOUGH: u64 = 100;
const SLOT: Duration = Duration::from_secs(10);
const SLOTS: usize = 60;

/// A sliding window of ten minutes, in steps of ten seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Recent {
    slots: VecDeque<Slot>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slot {
    since: Timestamp,
    duration: Histogram,
    #[serde(default)]
    requests: u64,
    #[serde(default)]
    errors: u64,
}

impl Recent {
    /// Adds what was measured until `now`.
    pub(crate) fn add(&mut self, window: &Window, now: Timestamp) {
        let duration = &window.duration;
        while self.slots.front().is_some_and(|slot| now.since(slot.since) >= SLOT * 60)
            || self.slots.len() > SLOTS
        {
            self.slots.pop_front();
        }
        let (requests, errors) = (window.outcomes.total(), window.outcomes.errors());
        if requests == 0 && duration.is_empty() {
            return;
        }
        match self.slots.back_mut().filter(|slot| now.since(slot.since) < SLOT) {
            Some(slot) => {
                slot.duration.merge(duration);
                slot.requests = slot.requests.saturating_add(requests);
                slot.errors = slot.errors.saturating_add(errors);
            }
            None => self.slots.push_back(Slot { since: now, duration: duration.clone(), requests, errors }),
        }
    }

    /// What was served, in blocks for the judge, oldest first.
    pub(crate) fn blocks(&self, thresholds: &[Threshold]) -> VecDeque<TrackBlock> {
        let blocks = self.slots.iter().filter(|slot| slot.requests > 0).map(|slot| TrackBlock {
            requests: slot.requests,
            errors: slot.errors,
            timed: slot.duration.count(),
            above: thresholds.iter().map(|threshold| slot.duration.count_above(threshold.micros)).collect(),
        });
        blocks.collect()
    }

    /// Thresholds at the quantiles that the judge asks about, on bucket edges so that counts above them are exact; `None` while too few
    /// requests were served. Quantiles that fall on one edge give one threshold.
    pub(crate) fn thresholds(&self) -> Option<Vec<Threshold>> {
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
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use weir_api::Timestamp;
    use weir_telemetry::histogram::{Histogram, edge_at_or_above};
    use weir_telemetry::window::Window;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn requests(n: u64, micros: u64) -> Window {
        let mut duration = Histogram::default();
        (0..n).for_each(|_| duration.record(micros));
        Window { duration, ..Window::default() }
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
        let timed = |recent: &Recent| recent.slots.iter().map(|slot| slot.duration.count()).sum::<u64>();
        recent.add(&requests(100, 1000), at(0));
        recent.add(&requests(100, 5000), at(599));
        assert_eq!(timed(&recent), 200);
        recent.add(&Window::default(), at(600));
        assert_eq!(timed(&recent), 100);
    }
}
