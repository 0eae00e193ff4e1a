//! The e-process of one question in one direction.
//!
//! A block's bet is the likelihood of its counts under shares guessed from *earlier* blocks, over their likelihood at
//! the projection of that guess on the null's boundary. Under the null its conditional expectation is at most 1, so the
//! product over blocks is a test martingale: it ever reaches `1/alpha` with probability at most `alpha` (Ville), however
//! often somebody looks, and whatever drift both tracks share.
//!
//! Source: Turner, Ly, Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional
//! stopping" (2021); Turner, Grünwald, "Exact anytime-valid confidence intervals for contingency tables and beyond" (2023).

mod portfolio;
mod prior;

pub use portfolio::{Portfolio, Split, Strategy};
pub use prior::{Prior, Shares};

use serde::{Deserialize, Serialize};

use crate::projection::{EDGE, project};
use crate::{Counts, Evidence, Margin};

/// What is assumed until the evidence says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Null {
    /// The canary is no worse than the margin allows: `p_c <= h(p_b)`. Evidence against it is evidence of harm.
    Harm(Margin),
    /// The canary is worse than the margin allows: `p_c >= h(p_b)`. Evidence against it is evidence that it may pass.
    NonInferiority(Margin),
}

impl Null {
    /// The margin that draws the boundary.
    #[must_use]
    pub fn margin(self) -> Margin {
        match self {
            Self::Harm(margin) | Self::NonInferiority(margin) => margin,
        }
    }

    /// Whether these shares (control, canary) lie outside the null, so that a bet on them can win.
    #[must_use]
    pub fn excludes(self, shares: Shares) -> bool {
        match self {
            Self::Harm(margin) => shares.canary > margin.limit(shares.control),
            Self::NonInferiority(margin) => shares.canary < margin.limit(shares.control),
        }
    }

    /// Logarithm of the factor that one block earns when the bet is on `guess`; 0, no bet, where the guess lies inside
    /// the null or one side is empty.
    #[must_use]
    pub fn log_factor(self, guess: Shares, control: Counts, canary: Counts) -> f64 {
        if control.n == 0 || canary.n == 0 {
            return 0.0;
        }
        let guess = Shares {
            control: guess.control.clamp(EDGE, 1.0 - EDGE),
            canary: guess.canary.clamp(EDGE, 1.0 - EDGE),
        };
        if !self.excludes(guess) {
            return 0.0;
        }
        let weights = (control.n as f64, canary.n as f64);
        project(self.margin(), guess.control, guess.canary, weights).map_or(0.0, |boundary| {
            log_ratio(control, guess.control, boundary.control)
                + log_ratio(canary, guess.canary, boundary.canary)
        })
    }

    /// Evidence that one canary request is expected to bring where these shares are true and the control gets
    /// `control_per_canary` requests for each of the canary's; in natural logarithms, 0 inside the null.
    #[must_use]
    pub fn growth(self, shares: Shares, control_per_canary: f64) -> f64 {
        if !self.excludes(shares) {
            return 0.0;
        }
        project(self.margin(), shares.control, shares.canary, (control_per_canary, 1.0)).map_or(
            0.0,
            |boundary| {
                control_per_canary * divergence(shares.control, boundary.control)
                    + divergence(shares.canary, boundary.canary)
            },
        )
    }
}

/// Logarithm of the counts' likelihood at share `q` over that at share `x`.
fn log_ratio(counts: Counts, q: f64, x: f64) -> f64 {
    counts.k as f64 * (q / x).ln() + counts.without() as f64 * ((x - q) / (1.0 - x)).ln_1p()
}

/// Kullback-Leibler divergence of a share `x` from a share `q`.
fn divergence(q: f64, x: f64) -> f64 {
    q * (q / x).ln() + (1.0 - q) * ((x - q) / (1.0 - x)).ln_1p()
}

/// The e-process of one question and one direction, exactly as defined: one bet a block, on the shares of all earlier
/// blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    null: Null,
    prior: Prior,
    control: Counts,
    canary: Counts,
    evidence: Evidence,
}

impl Process {
    /// Before the first block.
    #[must_use]
    pub fn new(null: Null) -> Self {
        Self {
            null,
            prior: Prior::RARE,
            control: Counts::default(),
            canary: Counts::default(),
            evidence: Evidence::NONE,
        }
    }

    /// Takes one block in.
    pub fn observe(&mut self, control: Counts, canary: Counts) {
        let guess = self.prior.shares(self.control, self.canary);
        self.evidence = self.evidence.times(self.null.log_factor(guess, control, canary));
        self.control = self.control.plus(control);
        self.canary = self.canary.plus(canary);
    }

    /// Evidence against the null so far, between 0 and [`crate::MAX_E`].
    #[must_use]
    pub fn e_value(&self) -> f64 {
        self.evidence.e_value()
    }

    /// Its natural logarithm, which never saturates.
    #[must_use]
    pub fn log_e(&self) -> f64 {
        self.evidence.log()
    }
}
