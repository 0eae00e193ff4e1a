//! One question about every request, both ways: is the canary shown to be worse, is it shown to be no worse?
//!
//! Invariant: every bet on a block uses what earlier blocks taught, over-dispersion included.

use serde::{Deserialize, Serialize};

use crate::bet::{Null, Portfolio, Prior};
use crate::dispersion::Dispersion;
use crate::interval::Interval;
use crate::{Counts, Criterion, Evidence, Threshold};

/// State of one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    criterion: Criterion,
    prior: Prior,
    control: Counts,
    canary: Counts,
    harm: Portfolio,
    pass: Portfolio,
    dispersion: Dispersion,
    interval: Option<Interval>,
}

impl Question {
    /// Whether requests end in an error.
    pub(crate) fn errors(criterion: Criterion, interval: bool) -> Self {
        Self::new(criterion, Prior::RARE, Prior::around(0.005, 20.0), interval)
    }

    /// Whether requests are slower than the threshold. Its quantile is a good guess at the share from the start; a canary
    /// that may be worse must not be held to it for long, one that may be equal is best bet on with it.
    pub(crate) fn latency(criterion: Criterion, threshold: Threshold, interval: bool) -> Self {
        let share = threshold.expected_share();
        Self::new(criterion, Prior::around(share, 20.0), Prior::around(share, 300.0), interval)
    }

    fn new(criterion: Criterion, harm: Prior, pass: Prior, interval: bool) -> Self {
        Self {
            criterion,
            prior: harm,
            control: Counts::default(),
            canary: Counts::default(),
            harm: Portfolio::harm(harm),
            pass: Portfolio::pass(pass),
            dispersion: Dispersion::default(),
            interval: interval.then(|| Interval::new(harm)),
        }
    }

    /// Takes one block in.
    pub(crate) fn observe(&mut self, control: Counts, canary: Counts) {
        let temper = self.temper();
        self.harm.observe(Null::Harm(self.criterion.margin), control, canary, temper);
        self.pass.observe(Null::NonInferiority(self.criterion.tolerance), control, canary, temper);
        if let Some(interval) = self.interval.as_mut() {
            interval.observe(control, canary, temper);
        }
        self.dispersion.observe(control, canary);
        self.control = self.control.plus(control);
        self.canary = self.canary.plus(canary);
    }

    pub(crate) fn control(&self) -> Counts {
        self.control
    }

    pub(crate) fn canary(&self) -> Counts {
        self.canary
    }

    /// How much bets are damped for over-dispersion; 1 is not at all.
    pub(crate) fn temper(&self) -> f64 {
        self.dispersion.factor()
    }

    /// Evidence that the canary is worse than the margin.
    pub(crate) fn harm(&self) -> Evidence {
        self.harm.evidence()
    }

    /// Evidence that the canary is no worse than the tolerance.
    pub(crate) fn pass(&self) -> Evidence {
        self.pass.evidence()
    }

    /// 95 % interval of the difference; everything where it is not computed.
    pub(crate) fn interval(&self) -> (f64, f64) {
        self.interval.as_ref().map_or((-1.0, 1.0), Interval::bounds)
    }

    /// Canary requests until harm is likely to reach `goal` at the observed shares.
    pub(crate) fn requests_until_harm(&self, goal: Evidence) -> Option<u64> {
        self.requests_until(Null::Harm(self.criterion.margin), self.harm(), goal)
    }

    /// Canary requests until non-inferiority is likely to reach `goal` at the observed shares.
    pub(crate) fn requests_until_pass(&self, goal: Evidence) -> Option<u64> {
        self.requests_until(Null::NonInferiority(self.criterion.tolerance), self.pass(), goal)
    }

    /// Missing evidence over the evidence that a request brings.
    fn requests_until(&self, null: Null, so_far: Evidence, goal: Evidence) -> Option<u64> {
        if self.control.n == 0 || self.canary.n == 0 {
            return None;
        }
        let missing = goal.log() - so_far.log();
        if missing <= 0.0 {
            return Some(0);
        }
        let shares = self.prior.shares(self.control, self.canary);
        let ratio = self.control.n as f64 / self.canary.n as f64;
        let growth = null.growth(shares, ratio) / self.temper();
        requests(missing / growth)
    }
}

/// A number of requests to say to people; `None` above a billion, which is as good as never.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked in the same line"
)]
fn requests(estimate: f64) -> Option<u64> {
    (0.0..1e9).contains(&estimate).then(|| estimate.ceil() as u64)
}
