//! Rules on thresholds, counted in ticks of a minute, as the documentation of the tools begins: 99 % of requests succeed, and the 99th percentile is at most 500 ms.
//!
//! Argo: an inline analysis of ten measurements, `failureLimit: 3`: the fourth failure aborts. Flagger: `threshold: 10` failed checks abort, ten good ones (5 to 50 % by 5)
//! promote.

use super::{Judge, Outcome, quantile};
use crate::second::Second;

const TICK: u32 = 60;
const SUCCESS: f64 = 0.99;
const SLOWEST_MICROS: f64 = 500_000.0;

pub(super) struct Ticks {
    /// So many failed ticks abort.
    aborts_at: u32,
    /// So many good ones promote; `None`: the end does.
    promotes_at: Option<u32>,
    seconds: u32,
    failed: u32,
    good: u32,
    requests: u64,
    errors: u64,
    latencies: Vec<u64>,
}

impl Ticks {
    pub(super) const fn argo(seconds: u32) -> Self {
        Self::new(4, None, seconds)
    }

    pub(super) const fn flagger(seconds: u32) -> Self {
        Self::new(10, Some(10), seconds)
    }

    const fn new(aborts_at: u32, promotes_at: Option<u32>, seconds: u32) -> Self {
        Self {
            aborts_at,
            promotes_at,
            seconds,
            failed: 0,
            good: 0,
            requests: 0,
            errors: 0,
            latencies: Vec::new(),
        }
    }
}

impl Judge for Ticks {
    fn look(&mut self, second: &Second, at: u32) -> Option<Outcome> {
        self.requests += second.canary.requests;
        self.errors += second.canary.errors;
        self.latencies.extend(&second.canary.latencies);
        if at.is_multiple_of(TICK) {
            let success = 1.0 - self.errors as f64 / self.requests.max(1) as f64;
            // Without requests there is no value, and a check without one fails.
            let is_good = success >= SUCCESS && quantile(&mut self.latencies, 0.99) <= SLOWEST_MICROS;
            *(if is_good { &mut self.good } else { &mut self.failed }) += 1;
            (self.requests, self.errors) = (0, 0);
            self.latencies.clear();
        }
        if self.failed >= self.aborts_at {
            return Some(Outcome::Abort);
        }
        let is_over = self.promotes_at.map_or(at >= self.seconds, |good| self.good >= good);
        is_over.then_some(Outcome::Promote)
    }
}
