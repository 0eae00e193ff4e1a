//! Weir's own, with its defaults: a look each second.

use weir_judge::{Block, Criteria, Decision, Sequential, Threshold, TrackBlock};

use super::{Judge, Outcome, above};
use crate::second::{Second, Track};

pub(super) struct Sequentially {
    judge: Sequential,
    /// Whether a pass ends it. Else it guards until the end, as it does in the steps that follow one.
    promotes: bool,
}

impl Sequentially {
    pub(super) fn new(thresholds: &[Threshold], promotes: bool) -> Self {
        Self::with(thresholds, promotes, Criteria::default())
    }

    /// A guard that aborts at less evidence than the default asks for.
    pub(super) fn at(alpha: f64, thresholds: &[Threshold]) -> Self {
        Self::with(thresholds, false, Criteria { alpha, ..Criteria::default() })
    }

    fn with(thresholds: &[Threshold], promotes: bool, criteria: Criteria) -> Self {
        Self { judge: Sequential::without_intervals(criteria, thresholds.to_vec()), promotes }
    }

    fn block(&self, track: &Track) -> TrackBlock {
        TrackBlock {
            requests: track.requests,
            errors: track.errors,
            timed: track.latencies.len() as u64,
            above: self.judge.thresholds().iter().map(|threshold| above(track, *threshold)).collect(),
        }
    }
}

impl Judge for Sequentially {
    fn look(&mut self, second: &Second, _: u32) -> Option<Outcome> {
        let (control, canary) = (self.block(&second.baseline), self.block(&second.canary));
        let stable = TrackBlock {
            requests: second.stable.requests,
            errors: second.stable.errors,
            ..TrackBlock::default()
        };
        self.judge.observe(&Block { control, canary, stable: Some(stable) });
        match self.judge.decision() {
            Decision::Fail => Some(Outcome::Abort),
            Decision::Pass if self.promotes => Some(Outcome::Promote),
            Decision::Pass | Decision::Insufficient | Decision::NoData => None,
        }
    }
}
