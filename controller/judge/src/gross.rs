//! Gross failures: the question about errors with stable as extra control.
//!
//! Stable is large, so its share of errors is known within seconds, and a canary that fails every fifth request is
//! caught after a handful of failures. Stable's pods are older than the canary's, which is why it may not judge small
//! differences. Three guards keep that promise: fresh pods are allowed to be a little worse than stable ([`FRESH`]);
//! stable is not heard while baseline, which is as fresh as the canary, shares the canary's trouble; and never again
//! once baseline is shown to exceed the allowance.

use serde::{Deserialize, Serialize};

use crate::bet::{Null, Portfolio, Process};
use crate::{Counts, Evidence, Margin};

/// How much worse than stable fresh pods of the same version may be.
const FRESH: Margin = Margin { relative: 0.0, absolute: 0.005 };
/// Evidence that baseline is worse than that, at which stable is no longer used.
const SUSPECT: f64 = 3.0;

/// Canary against baseline and stable together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gross {
    margin: Margin,
    portfolio: Portfolio,
    control: Counts,
    canary: Counts,
    stable: Counts,
    /// Baseline against stable.
    freshness: Process,
    aged: bool,
}

impl Gross {
    pub(crate) fn new(margin: Margin) -> Self {
        Self {
            margin,
            portfolio: Portfolio::gross(),
            control: Counts::default(),
            canary: Counts::default(),
            stable: Counts::default(),
            freshness: Process::new(Null::Harm(FRESH)),
            aged: false,
        }
    }

    /// Takes one block in. Which control is used, and with which margin, follows from earlier blocks only.
    pub(crate) fn observe(&mut self, control: Counts, canary: Counts, stable: Option<Counts>, temper: f64) {
        let usable = stable.filter(|_| !self.aged && !self.trouble_is_shared());
        let (pooled, margin) = match usable {
            Some(stable) => (control.plus(stable), self.margin.after(FRESH)),
            None => (control, self.margin),
        };
        self.portfolio.observe(Null::Harm(margin), pooled, canary, temper);
        if let Some(stable) = stable {
            self.freshness.observe(stable, control);
            self.aged |= self.freshness.e_value() >= SUSPECT;
            self.stable = self.stable.plus(stable);
        }
        self.control = self.control.plus(control);
        self.canary = self.canary.plus(canary);
    }

    /// Whether baseline looks worse than fresh pods may be, and the canary less than twice as bad as baseline.
    fn trouble_is_shared(&self) -> bool {
        let control = self.control.share();
        control > FRESH.limit(self.stable.share()) && self.canary.share() <= 2.0 * control
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.portfolio.evidence()
    }
}
