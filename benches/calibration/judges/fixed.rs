//! A test for a sample of fixed size: shares of errors and of requests slower than the control's p99, two-sample z, one-sided, one percent for both together.
//!
//! It may look once. Looked at each minute, as people do, it is another test.

use weir_judge::Threshold;

use super::{Judge, Outcome, above};
use crate::second::Second;

/// Half a percent of each question.
const CRITICAL: f64 = 2.575_829_303_548_9;
const MINUTE: u32 = 60;

pub(super) struct Fixed {
    p99: Threshold,
    seconds: u32,
    each: u32,
    /// Requests, errors, slow ones; of control and canary.
    counts: [[u64; 3]; 2],
}

impl Fixed {
    pub(super) fn once(thresholds: &[Threshold], seconds: u32) -> Self {
        Self { p99: thresholds[4], seconds, each: seconds, counts: [[0; 3]; 2] }
    }

    pub(super) fn each_minute(thresholds: &[Threshold], seconds: u32) -> Self {
        Self { each: MINUTE, ..Self::once(thresholds, seconds) }
    }

    fn is_worse(&self, question: usize) -> bool {
        let [control, canary] = self.counts.map(|side| (side[0] as f64, side[question] as f64));
        let pooled = (control.1 + canary.1) / (control.0 + canary.0);
        let deviation = (pooled * (1.0 - pooled) * (1.0 / control.0 + 1.0 / canary.0)).sqrt();
        (canary.1 / canary.0 - control.1 / control.0) / deviation > CRITICAL
    }
}

impl Judge for Fixed {
    fn look(&mut self, second: &Second, at: u32) -> Option<Outcome> {
        for (counts, track) in self.counts.iter_mut().zip([&second.baseline, &second.canary]) {
            counts[0] += track.requests;
            counts[1] += track.errors;
            counts[2] += above(track, self.p99);
        }
        if at.is_multiple_of(self.each) && (self.is_worse(1) || self.is_worse(2)) {
            return Some(Outcome::Abort);
        }
        (at >= self.seconds).then_some(Outcome::Promote)
    }
}
