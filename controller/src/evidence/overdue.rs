//! Requests that do not end. They are in no histogram until they do, so that a canary that hangs would be seen only when its upstream timeout has passed.
//!
//! Of the requests that were open at an earlier look, as many are open still as have not ended since. One that has been open for longer than every latency that is asked
//! about is a slow one whatever comes: it is counted so at once, and left out when it ends. Both sides are counted alike, so that long requests say nothing by themselves.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_judge::{Block, Threshold, TrackBlock};

/// Open for less than this says nothing: fresh pods may need seconds for their first requests, which are in no evidence otherwise.
const LEAST_MICROS: u64 = 5_000_000;
/// Where a latency that is asked about is longer than half of this, requests are waited for.
const MOST_MICROS: u64 = 30_000_000;

/// What one side has at one proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    /// Requests that have not ended.
    pub(crate) open: u64,
    /// Requests that have ended since the look before.
    pub(crate) ended: u64,
}

/// Both sides at one proxy, at one look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    at: i64,
    control: Open,
    canary: Open,
}

/// What is known of requests that have not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Overdue {
    /// By the proxy's process, the latest look last.
    proxies: BTreeMap<String, VecDeque<Seen>>,
    /// Requests that were counted and are open still.
    control: u64,
    canary: u64,
}

/// How long a request is open that is slower than all of these; `None`: nobody waits for so long.
pub(super) fn horizon(thresholds: &[Threshold]) -> Option<u64> {
    let longest = thresholds.iter().map(|threshold| threshold.micros).max()?;
    let horizon = longest.saturating_mul(2).max(LEAST_MICROS);
    (horizon <= MOST_MICROS).then_some(horizon)
}

impl Overdue {
    /// Weights changed: what was open under others is another mix.
    pub(super) fn forget_looks(&mut self) {
        self.proxies.clear();
    }

    /// Takes in what each proxy has that serves the split; one that is not among them is asked anew when it is again.
    pub(super) fn see(&mut self, now: Timestamp, seen: &[(&str, Open, Open)], horizon: u64) {
        self.proxies.retain(|instance, _| seen.iter().any(|(one, ..)| one == instance));
        let at = now.unix_micros();
        let horizon = i64::try_from(horizon).unwrap_or(i64::MAX);
        for (instance, control, canary) in seen {
            let looks = self.proxies.entry((*instance).to_owned()).or_default();
            looks.push_back(Seen { at, control: *control, canary: *canary });
            // The latest one that is old enough, and those after it.
            while looks.get(1).is_some_and(|second| at.saturating_sub(second.at) >= horizon) {
                looks.pop_front();
            }
        }
    }

    /// Counts those that are overdue as slow. `late` of each side ended in this block after longer than the horizon.
    pub(super) fn count(&mut self, block: &mut Block, late: (u64, u64), horizon: u64) {
        let control = self.open_for(horizon, |seen| seen.control);
        let canary = self.open_for(horizon, |seen| seen.canary);
        amend(&mut block.control, (self.control, control), late.0);
        amend(&mut block.canary, (self.canary, canary), late.1);
        (self.control, self.canary) = (control, canary);
    }

    /// Whether there is something to count where no request ended.
    pub(super) fn is_news(&self, horizon: u64) -> bool {
        self.open_for(horizon, |seen| seen.control) > self.control
            || self.open_for(horizon, |seen| seen.canary) > self.canary
    }

    /// At least so many requests of one side have been open for longer than the horizon.
    fn open_for(&self, horizon: u64, side: impl Fn(&Seen) -> Open) -> u64 {
        let horizon = i64::try_from(horizon).unwrap_or(i64::MAX);
        let at_proxy = |looks: &VecDeque<Seen>| {
            let (first, last) = looks.front().zip(looks.back())?;
            if last.at.saturating_sub(first.at) < horizon {
                return None;
            }
            let ended: u64 = looks.iter().skip(1).map(|seen| side(seen).ended).sum();
            Some(side(first).open.saturating_sub(ended).min(side(last).open))
        };
        self.proxies.values().filter_map(at_proxy).sum()
    }
}

/// `before` were counted already, `now` are overdue; `late` ended.
fn amend(side: &mut TrackBlock, (before, now): (u64, u64), late: u64) {
    let again = before.min(late);
    let new = now.saturating_sub(before.saturating_sub(again));
    side.timed = side.timed.saturating_sub(again).saturating_add(new);
    for above in &mut side.above {
        *above = above.saturating_sub(again).saturating_add(new);
    }
}

#[cfg(test)]
mod tests;
