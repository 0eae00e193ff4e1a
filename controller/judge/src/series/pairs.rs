//! Two series -> scores against a margin -> evidence.

use super::wealth::Wealth;

/// Fewer pairs than this tell nothing: how far they hang together cannot be seen.
const PAIRS_MIN: u64 = 12;
/// From so many usual differences on one counts as much as any larger one.
const CUT: f64 = 2.0;
/// A difference is no larger than so many usual ones where the usual one is learnt.
const LEARNT: f64 = 4.0;
/// Pairs in which only the sign of a difference counts, because nothing is known of its usual size.
const SIGNS: u64 = 4;
/// Standard errors that are added to the correlation of neighbours.
const ERRORS: f64 = 1.5;
/// Correlation of neighbours that is believed at most.
const CORRELATION_MAX: f64 = 0.98;

/// How much greater or smaller than its control the canary may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// Its value over the control's: 1.1 where it may be a tenth greater, 0.9 where it may be a tenth smaller.
    pub ratio: f64,
}

impl Margin {
    /// How far a canary's sample is above the margin.
    fn above(self, control: f64, canary: f64) -> f64 {
        canary - control - (self.ratio - 1.0) * control.abs()
    }
}

/// On which side of the margin somebody bets that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above.
    Above,
    /// Below.
    Below,
}

impl Side {
    const fn sign(self) -> f64 {
        match self {
            Self::Above => 1.0,
            Self::Below => -1.0,
        }
    }
}

/// Pairs of samples, and what bets that they are on one side of a margin have made.
#[derive(Clone, Debug)]
pub struct Pairs {
    margin: Margin,
    side: Side,
    wealth: Wealth,
    count: u64,
    /// Usual size of a difference.
    usual: f64,
    before: f64,
    sum: f64,
    squares: f64,
    neighbours: f64,
}

impl Pairs {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(margin: Margin, side: Side) -> Self {
        Self {
            margin,
            side,
            wealth: Wealth::new(),
            count: 0,
            usual: 0.0,
            before: 0.0,
            sum: 0.0,
            squares: 0.0,
            neighbours: 0.0,
        }
    }

    /// Takes the samples of one step in.
    pub fn observe(&mut self, control: f64, canary: f64) {
        let above = self.margin.above(control, canary);
        if !above.is_finite() {
            return;
        }
        let score = self.side.sign() * self.score(above);
        self.wealth.bet(score);
        self.learn(above, score);
    }

    /// By what earlier pairs say of the usual size of a difference.
    fn score(&self, above: f64) -> f64 {
        if above == 0.0 {
            0.0
        } else if self.count < SIGNS || self.usual <= 0.0 {
            above.signum()
        } else {
            (above / (CUT * self.usual)).clamp(-1.0, 1.0)
        }
    }

    fn learn(&mut self, above: f64, score: f64) {
        let size = above.abs();
        let size = if self.usual > 0.0 { size.min(LEARNT * self.usual) } else { size };
        self.count = self.count.saturating_add(1);
        self.usual += (size - self.usual) / self.count as f64;
        self.neighbours += score * self.before;
        self.sum += score;
        self.squares += score * score;
        self.before = score;
    }

    /// How many pairs there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// By what the logarithm of the wealth is divided: 1 for samples that say nothing of each other, (1 + r) / (1 - r) for those with a correlation of r between
    /// neighbours, as for the mean of an autoregressive series. One and a half standard errors are added to r, so that a short series is not taken for an independent one.
    fn temper(&self) -> f64 {
        let n = self.count as f64;
        let mean = self.sum / n;
        let spread = self.squares - n * mean * mean;
        let correlation = if spread > 1e-9 * n { (self.neighbours - n * mean * mean) / spread } else { 0.0 };
        let r = (correlation + ERRORS / n.sqrt()).clamp(0.0, CORRELATION_MAX);
        (1.0 + r) / (1.0 - r)
    }

    /// Natural logarithm of the evidence that the canary is on this side of the margin.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        if self.count < PAIRS_MIN { 0.0 } else { self.wealth.log() / self.temper() }
    }
}
