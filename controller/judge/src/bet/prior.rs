//! The guess at both shares before and while requests come in.
//!
//! Any guess keeps the test valid as long as it comes from earlier blocks; a good one makes it quick.

use serde::{Deserialize, Serialize};

use crate::Counts;

/// Shares of both tracks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Share of the control's requests with the property.
    pub control: f64,
    /// Share of the canary's.
    pub canary: f64,
}

/// Imagined requests that stand in for what has not been seen yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prior {
    requests: f64,
    hits: f64,
}

impl Prior {
    /// A share around 5 %, worth 3.78 requests: `(k + g) / (n + 21 g)` with g = 0.18.
    pub const RARE: Self = Self { requests: 3.78, hits: 0.18 };

    /// A share around `share`, worth `requests` requests.
    #[must_use]
    pub fn around(share: f64, requests: f64) -> Self {
        let requests = if requests.is_finite() { requests.max(0.1) } else { 0.1 };
        let share = if share.is_nan() { 0.05 } else { share.clamp(1e-4, 1.0 - 1e-4) };
        Self { requests, hits: requests * share }
    }

    /// The guess for one track.
    #[must_use]
    pub fn share(self, seen: Counts) -> f64 {
        self.share_of(seen.n as f64, seen.k as f64)
    }

    /// The guess for one track from counts that may have faded to fractions.
    #[must_use]
    pub fn share_of(self, requests: f64, hits: f64) -> f64 {
        (hits + self.hits) / (requests + self.requests)
    }

    /// The guess for each track by itself.
    #[must_use]
    pub fn shares(self, control: Counts, canary: Counts) -> Shares {
        Shares { control: self.share(control), canary: self.share(canary) }
    }
}
