//! One release under judgement, block after block.
//!
//! Invariants: the answer depends on the blocks and the criteria alone; a fail is final; a checkpoint taken after any block
//! goes on exactly as if nothing had happened.

mod report;

use serde::{Deserialize, Serialize};

use crate::gross::Gross;
use crate::latency::{pass_goal, required};
use crate::question::Question;
use crate::{Block, Counts, Criteria, Decision, Evidence, Threshold, Verdict};

/// Errors' say in the combined evidence of harm where latency is judged, too.
const ERRORS: f64 = 0.6;
/// Gross failures' say within errors.
const GROSS: f64 = 0.6;

/// State of the judge for one release; serialise it after each block to survive a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sequential {
    criteria: Criteria,
    thresholds: Vec<Threshold>,
    blocks: u64,
    /// Requests of each track, with or without a bet.
    control_requests: u64,
    canary_requests: u64,
    errors: Option<Errors>,
    latency: Vec<Question>,
    /// The strongest combined evidence of harm so far.
    peak: Evidence,
}

/// The question about errors, asked twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Errors {
    fair: Question,
    gross: Gross,
}

impl Errors {
    fn harm(&self) -> Evidence {
        Evidence::mean([(1.0 - GROSS, self.fair.harm()), (GROSS, self.gross.evidence())])
    }
}

impl Sequential {
    /// A release of which nothing is known yet. `thresholds` are the control's quantiles from before the release; with none
    /// latency cannot be judged, and while the criteria ask for it nothing passes. Unusable criteria are put right as
    /// [`Criteria::sane`] says.
    #[must_use]
    pub fn new(criteria: Criteria, thresholds: Vec<Threshold>) -> Self {
        Self::build(criteria, thresholds, true)
    }

    /// The same without intervals, which are most of the work: for simulations of many releases.
    #[must_use]
    pub fn without_intervals(criteria: Criteria, thresholds: Vec<Threshold>) -> Self {
        Self::build(criteria, thresholds, false)
    }

    fn build(criteria: Criteria, thresholds: Vec<Threshold>, intervals: bool) -> Self {
        let criteria = criteria.sane();
        let errors = criteria.errors.map(|criterion| Errors {
            fair: Question::errors(criterion, intervals),
            gross: Gross::new(criterion.margin),
        });
        let latency = criteria.latency.map_or_else(Vec::new, |criterion| {
            let question = |&threshold| Question::latency(criterion, threshold, intervals);
            thresholds.iter().map(question).collect()
        });
        Self {
            criteria,
            thresholds,
            blocks: 0,
            control_requests: 0,
            canary_requests: 0,
            errors,
            latency,
            peak: Evidence::NONE,
        }
    }

    /// Takes one block in.
    pub fn observe(&mut self, block: &Block) {
        let Block { control, canary, stable } = block;
        self.blocks = self.blocks.saturating_add(1);
        self.control_requests = self.control_requests.saturating_add(control.requests);
        self.canary_requests = self.canary_requests.saturating_add(canary.requests);
        if let Some(errors) = self.errors.as_mut() {
            let temper = errors.fair.temper();
            let stable = stable.as_ref().map(crate::TrackBlock::error_counts);
            errors.gross.observe(control.error_counts(), canary.error_counts(), stable, temper);
            errors.fair.observe(control.error_counts(), canary.error_counts());
        }
        for (index, question) in self.latency.iter_mut().enumerate() {
            question.observe(control.counts_above(index), canary.counts_above(index));
        }
        self.peak = self.peak.max(self.harm());
    }

    /// The answer in one word; cheap, and always the one that [`Self::verdict`] explains.
    #[must_use]
    pub fn decision(&self) -> Decision {
        if self.peak >= self.goal() {
            return Decision::Fail;
        }
        if self.control_requests == 0 || self.canary_requests == 0 {
            return Decision::NoData;
        }
        if self.unproven().is_some() { Decision::Insufficient } else { Decision::Pass }
    }

    /// The answer with its reasons.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        report::verdict(self)
    }

    /// The latencies that requests are counted against, in the order of [`crate::TrackBlock::above`].
    #[must_use]
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }

    /// The criteria in force.
    #[must_use]
    pub fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// Blocks taken in so far.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Evidence at which a null is rejected.
    fn goal(&self) -> Evidence {
        Evidence::from_e(self.criteria.limit())
    }

    /// Evidence of harm at which a pass has to wait: half the way to a fail, in logarithms.
    fn doubt(&self) -> Evidence {
        Evidence::from_log(self.goal().log() / 2.0)
    }

    /// Combined evidence of harm.
    fn harm(&self) -> Evidence {
        let errors = self.errors.iter().map(|errors| (self.errors_weight(), errors.harm()));
        let latency = self
            .latency
            .iter()
            .enumerate()
            .map(|(index, question)| (self.latency_weight(index), question.harm()));
        Evidence::mean(errors.chain(latency))
    }

    /// Errors' say in the combined evidence; all weights sum to 1.
    fn errors_weight(&self) -> f64 {
        match (&self.errors, self.latency.is_empty()) {
            (None, _) => 0.0,
            (Some(_), true) => 1.0,
            (Some(_), false) => ERRORS,
        }
    }

    /// One threshold's say in the combined evidence.
    fn latency_weight(&self, index: usize) -> f64 {
        let total: f64 = self.thresholds.iter().map(|threshold| threshold.weight()).sum();
        let own = self.thresholds.get(index).map_or(0.0, |threshold| threshold.weight());
        (1.0 - self.errors_weight()) * own / total
    }

    /// Why the release does not pass yet, in the order in which people should hear it.
    fn unproven(&self) -> Option<Unproven> {
        if self.canary_requests < self.criteria.min_requests {
            return Some(Unproven::TooFewRequests);
        }
        if self.criteria.latency.is_some() && self.thresholds.is_empty() {
            return Some(Unproven::NoThresholds);
        }
        if self.errors.as_ref().is_some_and(|errors| errors.fair.pass() < self.goal()) {
            return Some(Unproven::Metric);
        }
        let goal = pass_goal(self.goal());
        let missing =
            |(index, question): (usize, &Question)| self.is_required(index) && question.pass() < goal;
        if self.latency.iter().enumerate().any(missing) {
            return Some(Unproven::Metric);
        }
        (self.harm() >= self.doubt()).then_some(Unproven::Doubt)
    }

    fn is_required(&self, index: usize) -> bool {
        let counts = |question: &Question| (question.control(), question.canary());
        let (control, canary) =
            self.latency.get(index).map_or((Counts::default(), Counts::default()), counts);
        self.thresholds.get(index).is_some_and(|&threshold| required(threshold, control, canary))
    }
}

/// What a pass waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unproven {
    /// The canary has not served enough requests.
    TooFewRequests,
    /// Latency is asked for, but there is nothing to count against.
    NoThresholds,
    /// A required metric is not shown to be no worse.
    Metric,
    /// Everything is shown, but evidence of harm is considerable.
    Doubt,
}
