//! Anytime-valid interval for the difference between the canary's share and the control's.
//!
//! For each difference on a fixed grid two e-processes run, one against "no more than this" and one against "no less".
//! The interval ends at the nearest grid points that are rejected, so it covers the true difference, at all times at
//! once, at least as often as it says; the price of the grid is that it is a little wide. The grid is denser near 0 and
//! bounded, so the cost per block is, too.

use serde::{Deserialize, Serialize};

use crate::bet::{Null, Prior};
use crate::{Counts, Evidence, Margin};

/// Chance that the interval ever misses the true difference, both sides together.
pub const MISS: f64 = 0.05;

/// Grid on one side of 0, as fractions.
const STEPS: [f64; 16] =
    [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5];

/// The differences that are not rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    prior: Prior,
    control: Counts,
    canary: Counts,
    points: Vec<Point>,
}

/// Evidence on one difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    difference: f64,
    /// That the true one is larger.
    larger: Evidence,
    /// That the true one is smaller.
    smaller: Evidence,
}

impl Interval {
    /// Before the first block: everything is possible.
    #[must_use]
    pub fn new(prior: Prior) -> Self {
        let grid = STEPS.iter().rev().map(|step| -step).chain([0.0]).chain(STEPS);
        let points = grid
            .map(|difference| Point { difference, larger: Evidence::NONE, smaller: Evidence::NONE })
            .collect();
        Self { prior, control: Counts::default(), canary: Counts::default(), points }
    }

    /// Takes one block in; `temper` as in [`crate::bet::Portfolio::observe`].
    pub fn observe(&mut self, control: Counts, canary: Counts, temper: f64) {
        let guess = self.prior.shares(self.control, self.canary);
        for point in &mut self.points {
            let margin = Margin { relative: 0.0, absolute: point.difference };
            let factor = |null: Null| null.log_factor(guess, control, canary) / temper.max(1.0);
            point.larger = point.larger.times(factor(Null::Harm(margin)));
            point.smaller = point.smaller.times(factor(Null::NonInferiority(margin)));
        }
        self.control = self.control.plus(control);
        self.canary = self.canary.plus(canary);
    }

    /// Lower and upper end of the 95 % interval for `p_canary - p_control`, as fractions between -1 and 1.
    #[must_use]
    pub fn bounds(&self) -> (f64, f64) {
        let limit = (2.0 / MISS).ln();
        let end = |rejected: fn(&Point) -> f64, start: f64, choose: fn(f64, f64) -> f64| {
            self.points
                .iter()
                .filter(|point| rejected(point) >= limit)
                .map(|point| point.difference)
                .fold(start, choose)
        };
        let lower = end(|point| point.larger.log(), -1.0, f64::max);
        let upper = end(|point| point.smaller.log(), 1.0, f64::min);
        // Evidence may contradict itself when the truth moved; then say nothing.
        if lower < upper { (lower, upper) } else { (-1.0, 1.0) }
    }
}
