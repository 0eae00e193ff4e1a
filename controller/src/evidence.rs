//! What is known about one release: the judge's evidence and the totals. Pure; saved at every look, so that a controller which was killed goes
//! on with the same evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_api::status::Phase;
use weir_judge::{Block, Criteria, Decision, Sequential, TrackBlock, Verdict};
use weir_rollout::State;

use crate::recent::Recent;
use crate::sample::{self, Control, Interval, Tracks};

/// Blocks kept until the thresholds are known; more are joined into one.
const MOST_PENDING: usize = 600;

/// What is known about one release.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    sequential: Sequential,
    /// Blocks from before the thresholds were known: their errors count again once they are. `None`: the thresholds are fixed.
    pending: Option<Vec<Block>>,
    /// The epoch in the last report of each proxy's process.
    served: BTreeMap<String, u64>,
    /// Everything measured since the release began, each track.
    pub totals: Tracks,
    /// The epoch that `canary_requests` counts.
    epoch: u64,
    /// Requests that the canary answered under this epoch, at proxies that had acknowledged it.
    canary_requests: u64,
}

/// Whose windows are evidence for which release.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `namespace/name` of the Canary.
    pub canary: &'a str,
    /// `namespace/name` of the Service.
    pub service: &'a str,
    /// Where the release stands.
    pub state: &'a State,
}

impl Evidence {
    /// Nothing is known yet. Thresholds are taken at the first look at a split, from what stable served before it.
    #[must_use]
    pub fn new(criteria: &Criteria) -> Self {
        Self {
            pending: Some(Vec::new()),
            sequential: Sequential::new(criteria.clone(), Vec::new()),
            served: BTreeMap::new(),
            totals: Tracks::default(),
            epoch: 0,
            canary_requests: 0,
        }
    }

    /// Takes in what the proxies measured since the last look. `recent` holds what stable served before that.
    pub fn observe(&mut self, scope: Scope<'_>, intervals: &[Interval], recent: &Recent) {
        let Some(split) = scope.state.split() else { return };
        let revision = &split.canary.revision;
        let mut tracks = Tracks::default();
        for interval in intervals {
            self.totals.add(scope.service, revision, &interval.windows);
            let now = interval.epochs.get(scope.canary).copied();
            let before = match now {
                Some(epoch) => self.served.insert(interval.instance.clone(), epoch),
                None => self.served.remove(&interval.instance),
            };
            if now == Some(split.epoch) && before == Some(split.epoch) {
                tracks.add(scope.service, revision, &interval.windows);
            }
        }
        if self.epoch != split.epoch {
            (self.epoch, self.canary_requests) = (split.epoch, 0);
        }
        self.canary_requests = self.canary_requests.saturating_add(tracks.canary.outcomes.total());
        self.fix_thresholds(recent);
        let control = match (split.baseline.is_some(), scope.state.stage.phase()) {
            (true, Phase::Promoting) => Some(Control::Baseline),
            // Stable is being given the new version: it is no control for it.
            (false, Phase::Promoting) => None,
            (true, _) => Some(Control::BaselineAndStable),
            (false, _) => Some(Control::Stable),
        };
        let block = control
            .filter(|_| scope.state.is_guarded())
            .and_then(|control| sample::block(&tracks, control, self.sequential.thresholds()));
        if let Some(block) = block {
            self.take(block);
        }
    }

    /// The judge's answer so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = self.sequential.verdict();
        if self.pending.is_some()
            && verdict.decision == Decision::Pass
            && self.sequential.criteria().latency.is_some()
        {
            verdict.decision = Decision::Insufficient;
            "stable has served too little to know its latencies".clone_into(&mut verdict.reason);
        }
        verdict
    }

    /// Requests that the canary answered under the current weights.
    #[must_use]
    pub fn canary_requests(&self) -> u64 {
        self.canary_requests
    }

    /// What the judge asks, and against which latencies.
    #[must_use]
    pub fn sequential(&self) -> &Sequential {
        &self.sequential
    }

    fn take(&mut self, block: Block) {
        self.sequential.observe(&block);
        if let Some(pending) = self.pending.as_mut() {
            pending.push(block);
            if pending.len() >= MOST_PENDING {
                *pending = vec![joined(pending)];
            }
        }
    }

    /// Once stable has served enough. Thresholds come from the past and are used for the future only; the errors of the past count.
    fn fix_thresholds(&mut self, recent: &Recent) {
        let Some(pending) = &self.pending else { return };
        let Some(thresholds) = recent.thresholds() else { return };
        let number = thresholds.len();
        let mut sequential = Sequential::new(self.sequential.criteria().clone(), thresholds);
        for block in pending {
            let untimed = |side: &TrackBlock| TrackBlock { timed: 0, above: vec![0; number], ..side.clone() };
            sequential.observe(&Block {
                control: untimed(&block.control),
                canary: untimed(&block.canary),
                stable: block.stable.as_ref().map(untimed),
            });
        }
        self.sequential = sequential;
        self.pending = None;
    }
}

fn joined(blocks: &[Block]) -> Block {
    let sum = |side: fn(&Block) -> Option<&TrackBlock>| {
        blocks.iter().filter_map(side).fold(TrackBlock::default(), |sum, block| TrackBlock {
            requests: sum.requests + block.requests,
            errors: sum.errors + block.errors,
            timed: 0,
            above: Vec::new(),
        })
    };
    Block {
        control: sum(|block| Some(&block.control)),
        canary: sum(|block| Some(&block.canary)),
        stable: blocks.iter().any(|block| block.stable.is_some()).then(|| sum(|block| block.stable.as_ref())),
    }
}

#[cfg(test)]
mod tests;
