//! Whether requests come in bursts: over-dispersion, measured from block to block.
//!
//! Binomial counts assume that requests fail independently. One pod that stalls for a second spoils many at once, and
//! the bets then see several pieces of evidence where there is one. The estimate looks at disjoint pairs of neighbouring
//! blocks. Given a pair's totals, a track's hits in the first block are hypergeometric, with an exactly known variance,
//! whatever the share is. Compared is the *difference between the tracks'* changes, so that neither drift that both
//! share, nor a lasting difference, nor a regression that sets in at some moment looks like bursts.
//!
//! Invariant: the factor is 1 unless over-dispersion is seen beyond a standard error, so clean data are hardly
//! slowed down.

use serde::{Deserialize, Serialize};

use crate::Counts;

/// Blocks that are summed to one before pairs are compared: 1 for stalls within a second, 8 for longer ones.
const SCALES: [u64; 2] = [1, 8];
/// Bets are never tempered more than this.
const MOST: f64 = 50.0;

/// Estimator of over-dispersion for one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispersion {
    scales: Vec<Scale>,
}

impl Default for Dispersion {
    fn default() -> Self {
        Self { scales: SCALES.iter().map(|&blocks| Scale::new(blocks)).collect() }
    }
}

impl Dispersion {
    /// Takes one block in.
    pub fn observe(&mut self, control: Counts, canary: Counts) {
        for scale in &mut self.scales {
            scale.observe([control, canary]);
        }
    }

    /// How much larger the variance is than that of independent requests, as far as it is shown: at least 1, at most 50.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.scales.iter().map(Scale::shown).fold(1.0, f64::max).min(MOST)
    }
}

/// Pairs of sums over a fixed number of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scale {
    blocks: u64,
    filled: u64,
    /// The sum being filled, of control and canary.
    current: [Counts; 2],
    /// The finished first half of a pair.
    first: Option<[Counts; 2]>,
    /// Sums over pairs: squared contrast, its expectation, and the variance of the former.
    observed: f64,
    expected: f64,
    noise: f64,
}

impl Scale {
    fn new(blocks: u64) -> Self {
        Self {
            blocks,
            filled: 0,
            current: [Counts::default(); 2],
            first: None,
            observed: 0.0,
            expected: 0.0,
            noise: 0.0,
        }
    }

    fn observe(&mut self, block: [Counts; 2]) {
        let [control, canary] = self.current;
        self.current = [control.plus(block[0]), canary.plus(block[1])];
        self.filled += 1;
        if self.filled < self.blocks {
            return;
        }
        let second = std::mem::take(&mut self.current);
        self.filled = 0;
        match self.first.take() {
            None => self.first = Some(second),
            Some(first) => self.compare(first, second),
        }
    }

    fn compare(&mut self, first: [Counts; 2], second: [Counts; 2]) {
        let (Some(control), Some(canary)) =
            (Change::of(first[0], second[0]), Change::of(first[1], second[1]))
        else {
            return;
        };
        // Weighted by information, so that a pair with few requests has little say.
        let weight = 1.0 / (1.0 / control.size + 1.0 / canary.size);
        let variance = control.variance + canary.variance;
        self.observed += weight * (control.share - canary.share).powi(2);
        self.expected += weight * variance;
        let kurtosis = control.variance / control.size.powi(2) + canary.variance / canary.size.powi(2);
        self.noise += weight * weight * (2.0 * variance * variance + kurtosis);
    }

    /// The ratio, less a standard error.
    fn shown(&self) -> f64 {
        if self.expected > 0.0 { (self.observed - self.noise.sqrt()) / self.expected } else { 1.0 }
    }
}

/// How one track's share changed from one block to the next.
struct Change {
    /// First less second.
    share: f64,
    variance: f64,
    /// Half the harmonic mean of both blocks' requests.
    size: f64,
}

impl Change {
    fn of(first: Counts, second: Counts) -> Option<Self> {
        let both = first.plus(second);
        if first.n == 0 || second.n == 0 {
            return None;
        }
        let (total, hits) = (both.n as f64, both.k as f64);
        let size = first.n as f64 * second.n as f64 / total;
        // The hypergeometric variance of the first block's hits, divided by size squared.
        let variance = hits * (total - hits) / (total * (total - 1.0)) / size;
        Some(Self { share: first.share() - second.share(), variance, size })
    }
}
