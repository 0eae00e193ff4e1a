//! What was counted, and how much worse a share may be.
//!
//! Invariants: [`Counts::new`] never holds more hits than requests; a [`Margin`] is finite.

use serde::{Deserialize, Serialize};

/// Requests, and how many of them had the property in question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests.
    pub n: u64,
    /// Requests with the property; never more than `n`.
    pub k: u64,
}

impl Counts {
    /// `k` of `n` requests; a `k` above `n` (a broken report) counts as `n`.
    #[must_use]
    pub fn new(n: u64, k: u64) -> Self {
        Self { n, k: k.min(n) }
    }

    /// Requests without the property.
    #[must_use]
    pub fn without(self) -> u64 {
        self.n.saturating_sub(self.k)
    }

    /// Observed share with the property; 0 where there are no requests.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.n == 0 { 0.0 } else { self.k.min(self.n) as f64 / self.n as f64 }
    }

    /// Both together, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { n: self.n.saturating_add(other.n), k: self.k.saturating_add(other.k) }
    }
}

/// How much larger a share may be: `h(p) = (1 + relative) p + absolute`. Fractions, not percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Margin {
    /// Relative to the control's share: 0.5 is half as much again.
    pub relative: f64,
    /// Added to the control's share: 0.01 is one percentage point.
    pub absolute: f64,
}

impl Margin {
    /// No difference allowed.
    pub const NONE: Self = Self { relative: 0.0, absolute: 0.0 };

    /// The largest share that is still no worse than a control with share `p`; may exceed 1.
    #[must_use]
    pub fn limit(self, p: f64) -> f64 {
        (1.0 + self.relative) * p + self.absolute
    }

    /// This margin on top of `first`: `limit(first.limit(p))` as one margin.
    #[must_use]
    pub fn after(self, first: Self) -> Self {
        Self {
            relative: (1.0 + self.relative) * (1.0 + first.relative) - 1.0,
            absolute: (1.0 + self.relative) * first.absolute + self.absolute,
        }
    }

    /// The same with what no test can use put right: not-a-number and negative become 0, and 100-fold is the most.
    #[must_use]
    pub fn sane(self) -> Self {
        let put_right = |value: f64, most: f64| if value.is_nan() { 0.0 } else { value.clamp(0.0, most) };
        Self { relative: put_right(self.relative, 99.0), absolute: put_right(self.absolute, 1.0) }
    }
}
