//! What is known about one release: the judge's evidence and the totals. Pure; saved at every look, so that a controller which was killed goes
//! on with the same evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_api::status::{Phase, Split};
use weir_api::{Share, Timestamp, Track};
use weir_judge::replay::Answers;
use weir_judge::{Block, Criteria, Decision, Sequential, TrackBlock, Verdict};
use weir_rollout::State;
use weir_telemetry::window::Window;

use crate::evidence::overdue::{Open, Overdue, horizon};
use crate::evidence::past::Past;
use crate::evidence::ratio::Ratio;
use crate::evidence::trace::Trace;
use crate::recent::Recent;
use crate::sample::{self, Control, Interval, Tracks};
use crate::view::users_hit;

mod overdue;
mod past;
mod ratio;
pub(crate) mod trace;

/// What is known about one release.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Evidence {
    sequential: Sequential,
    /// What the judge was given. `None`: the release began under a version that kept no trace.
    #[serde(default, alias = "pending")]
    trace: Option<Trace>,
    /// What it said, and when first.
    #[serde(default)]
    answers: Answers<Timestamp>,
    /// What stable served before the release, for when nothing else runs the old version; known with the thresholds.
    #[serde(default)]
    past: Past,
    /// Requests that have not ended.
    #[serde(default)]
    overdue: Overdue,
    /// What each track has got under the weights in force.
    #[serde(default)]
    ratio: Ratio,
    /// The epoch in the last report of each proxy's process.
    served: BTreeMap<String, u64>,
    /// Everything measured since the release began, each track.
    pub(crate) totals: Tracks,
    /// The epoch that `canary_requests` counts.
    epoch: u64,
    /// Requests that the canary answered under this epoch, at proxies that had acknowledged it; at weight 0 also copies of requests.
    canary_requests: u64,
}

/// Requests that the canary has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requests {
    /// Under the weights in force.
    pub(crate) at_this_weight: u64,
    /// Since the release began.
    pub(crate) answered: u64,
    /// Of users, failed since then.
    pub(crate) users_hit: u64,
}

/// Whose windows are evidence for which release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// `namespace/name` of the Canary.
    pub(crate) canary: &'a str,
    /// `namespace/name` of the Service.
    pub(crate) service: &'a str,
    /// Where the release stands.
    pub(crate) state: &'a State,
}

/// What proxies that served the split counted from one report to the next.
struct Gathered<'i> {
    tracks: Tracks,
    /// By proxy: what control and canary have open.
    seen: Vec<(&'i str, Open, Open)>,
}

impl Evidence {
    /// Nothing is known yet. Thresholds are taken at the first look at a split, from what stable served before it.
    pub(crate) fn new(criteria: &Criteria) -> Self {
        Self {
            trace: Some(Trace::default()),
            answers: Answers::default(),
            sequential: Sequential::new(criteria.clone(), Vec::new()),
            past: Past::default(),
            overdue: Overdue::default(),
            ratio: Ratio::default(),
            served: BTreeMap::new(),
            totals: Tracks::default(),
            epoch: 0,
            canary_requests: 0,
        }
    }

    /// Takes in what the proxies measured since the last look. `recent` holds what stable served before that.
    pub(crate) fn observe(
        &mut self,
        scope: Scope<'_>,
        intervals: &[Interval],
        recent: &Recent,
        now: Timestamp,
    ) {
        let Some(split) = scope.state.split() else { return };
        let Gathered { tracks, seen } = self.gather(scope, split, intervals);
        if self.epoch != split.epoch {
            (self.epoch, self.canary_requests) = (split.epoch, 0);
            self.overdue.forget_looks();
        }
        // Copies are what a canary without users has been tried with; one that has some is tried with them.
        let tried =
            if split.canary.weight == Share::ZERO { &tracks.copies.canary } else { &Window::default() };
        let tried = tried.outcomes.total().saturating_add(tracks.canary.outcomes.total());
        self.canary_requests = self.canary_requests.saturating_add(tried);
        self.fix_thresholds(recent);
        if !scope.state.is_guarded() {
            return;
        }
        let at = (now, split.canary.weight);
        if let Some(block) = sample::copies(&tracks, self.sequential.thresholds()) {
            self.take(at, block);
        }
        let thresholds = self.sequential.thresholds();
        let alone = if scope.state.stage.phase() == Phase::Watching {
            Some(sample::side(&tracks.stable, thresholds))
        } else {
            (split.canary.weight == Share::FULL).then(|| sample::side(&tracks.canary, thresholds))
        };
        if let Some(alone) = alone {
            if let Some(block) = self.past.beside(alone) {
                self.take(at, block);
            }
            return;
        }
        let control = match (split.baseline.is_some(), scope.state.stage.phase()) {
            (true, Phase::Promoting) => Some(Control::Baseline),
            // Stable is being given the new version: it is no control for it.
            (false, Phase::Promoting) => None,
            (true, _) => Some(Control::BaselineAndStable),
            (false, _) => Some(Control::Stable),
        };
        let Some(control) = control else { return };
        let block = sample::block(&tracks, control, thresholds);
        if let Some(block) = self.with_overdue(block, (&tracks, control), &seen, now) {
            self.take(at, block);
        }
    }

    /// What was measured by proxies that served the split from one report to the next, and what is open at each of them.
    fn gather<'i>(&mut self, scope: Scope<'_>, split: &Split, intervals: &'i [Interval]) -> Gathered<'i> {
        let revision = &split.canary.revision;
        let mut gathered = Gathered { tracks: Tracks::default(), seen: Vec::new() };
        self.ratio.at(split.epoch);
        for interval in intervals {
            let instance = interval.instance.as_str();
            let mut own = Tracks::default();
            own.add(scope.service, revision, &interval.windows);
            self.totals.merge(&own);
            let serves = interval.epochs.get(scope.canary).copied();
            let before = match serves {
                Some(epoch) => self.served.insert(instance.to_owned(), epoch),
                None => self.served.remove(instance),
            };
            if serves != Some(split.epoch) {
                self.ratio.forget(instance);
                continue;
            }
            let counts = before == Some(split.epoch);
            let open = |track, window: &Window| Open {
                open: interval.open_of(scope.service, track, revision),
                ended: window.outcomes.total(),
            };
            let stable = open(Track::Stable, &own.stable);
            let baseline = open(Track::Baseline, &own.baseline);
            let canary = open(Track::Canary, &own.canary);
            self.ratio.see(instance, [stable, baseline, canary], counts);
            if counts {
                let control = if split.baseline.is_some() { baseline } else { stable };
                gathered.seen.push((instance, control, canary));
                gathered.tracks.merge(&own);
            }
        }
        gathered
    }

    /// What is wrong with the shares that the tracks get; once for each setting of the weights. For requests that are drawn by weight alone.
    pub(crate) fn mismatch(&mut self, scope: Scope<'_>) -> Option<String> {
        let state = scope.state;
        let split = state.split().filter(|split| split.epoch == self.epoch && state.is_guarded())?;
        self.ratio.news(split, scope.service)
    }

    /// A block in which requests that do not end count as the slow ones that they are.
    fn with_overdue(
        &mut self,
        block: Option<Block>,
        (tracks, control): (&Tracks, Control),
        seen: &[(&str, Open, Open)],
        now: Timestamp,
    ) -> Option<Block> {
        let thresholds = self.sequential.thresholds();
        let Some(horizon) = horizon(thresholds) else { return block };
        self.overdue.see(now, seen, horizon);
        if block.is_none() && !self.overdue.is_news(horizon) {
            return None;
        }
        let nothing = || TrackBlock { above: vec![0; thresholds.len()], ..TrackBlock::default() };
        let mut block =
            block.unwrap_or_else(|| Block { control: nothing(), canary: nothing(), stable: None });
        let of_control = if control == Control::Stable { &tracks.stable } else { &tracks.baseline };
        let late = |window: &Window| window.duration.count_above(horizon);
        self.overdue.count(&mut block, (late(of_control), late(&tracks.canary)), horizon);
        Some(block)
    }

    /// The judge's answer so far.
    pub(crate) fn verdict(&self) -> Verdict {
        let mut verdict = self.sequential.verdict();
        if self.totals.canary.is_empty() && !self.totals.copies.canary.is_empty() {
            verdict.reason = format!("on copies of requests: {}", verdict.reason);
        }
        verdict
    }

    /// What the canary has answered.
    pub(crate) fn requests(&self) -> Requests {
        Requests {
            at_this_weight: self.canary_requests,
            answered: self.totals.canary.outcomes.total(),
            users_hit: users_hit(&self.totals),
        }
    }

    /// What the judge asks, and against which latencies.
    pub(crate) fn sequential(&self) -> &Sequential {
        &self.sequential
    }

    /// What the judge was given, and what it said; `None` where that was not kept from the beginning.
    pub(crate) fn trace(&self) -> Option<(&Trace, &Answers<Timestamp>)> {
        self.trace.as_ref().map(|trace| (trace, &self.answers))
    }

    fn take(&mut self, (now, weight): (Timestamp, Share), block: Block) {
        self.sequential.observe(&block);
        self.answers.see(self.sequential.decision(), now, &block);
        if let Some(trace) = &mut self.trace {
            trace.push(now, weight, block);
        }
    }

    /// Once stable has served enough. Thresholds come from the past and are used for the future only; the errors of the past count. A fail is final: no
    /// threshold that comes after it takes it back.
    fn fix_thresholds(&mut self, recent: &Recent) {
        if !self.sequential.thresholds().is_empty() || self.sequential.decision() == Decision::Fail {
            return;
        }
        let Some(thresholds) = recent.thresholds() else { return };
        let mut sequential = Sequential::new(self.sequential.criteria().clone(), thresholds);
        let mut answers = Answers::default();
        if let Some(trace) = &mut self.trace {
            trace.forget_latencies();
            for (at, block) in trace.blocks() {
                sequential.observe(block);
                answers.see(sequential.decision(), at, block);
            }
        }
        self.past = Past::new(&recent.blocks(sequential.thresholds()));
        (self.sequential, self.answers) = (sequential, answers);
    }
}

#[cfg(test)]
mod tests;
