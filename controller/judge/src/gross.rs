//! Gross failures: the question about errors with stable as extra control.
//!
//! Stable is large, so its share of errors is known within seconds, and a canary that fails every fifth request is
//! caught after a handful of failures. Stable's pods are older than the canary's, which is why it may not judge small
//! differences. Two guards keep that promise: fresh pods are allowed to be a little worse than stable (`FRESH`), and
//! once baseline, which is as fresh as the canary, is shown to exceed that allowance, stable is heard no more.

use serde::{Deserialize, Serialize};

use crate::bet::{Null, Portfolio, Prior, Process, Strategy};
use crate::{Counts, Evidence, Margin};

/// How much worse than stable fresh pods of the same version may be.
const FRESH: Margin = Margin { relative: 0.0, absolute: 0.005 };
/// Evidence that baseline is worse than that, at which stable is no longer used.
const SUSPECT: f64 = 10.0;

/// Canary against baseline and stable together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gross {
    margin: Margin,
    portfolio: Portfolio,
    /// Baseline against stable.
    freshness: Process,
}

impl Gross {
    pub(crate) fn new(margin: Margin) -> Self {
        let stakes = [
            (Strategy::Fixed(0.05), 0.2, 0.2),
            (Strategy::Fixed(0.2), 0.3, 0.3),
            (Strategy::Fixed(0.6), 0.3, 0.3),
            (Strategy::Recent, 0.0, 0.2),
        ];
        Self {
            margin,
            portfolio: Portfolio::new(Prior::RARE, &stakes, 0.2),
            freshness: Process::new(Null::Harm(FRESH)),
        }
    }

    /// Takes one block in. Which control is used, and with which margin, follows from earlier blocks only.
    pub(crate) fn observe(&mut self, control: Counts, canary: Counts, stable: Option<Counts>, temper: f64) {
        let usable = stable.filter(|_| self.freshness.e_value() < SUSPECT);
        let (pooled, margin) = match usable {
            Some(stable) => (control.plus(stable), self.margin.after(FRESH)),
            None => (control, self.margin),
        };
        self.portfolio.observe(Some(Null::Harm(margin)), pooled, canary, temper);
        if let Some(stable) = stable {
            self.freshness.observe(stable, control);
        }
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.portfolio.evidence()
    }
}
