//! Several bets on one question at once, and money kept back for later.
//!
//! The wealth of a portfolio is the sum of its stakes' wealths; each is a test martingale that starts with its weight,
//! so the sum is one too. Two weaknesses of the plain bet are mended this way, at the price of the logarithm of a weight:
//! it needs several bad blocks before it dares to bet high, and after an hour of health it believes in health for long.
//! The reserve is paid out to the stakes little by little (a mixture over the time at which trouble starts).

use serde::{Deserialize, Serialize};

use super::{Null, Prior, Shares};
use crate::{Counts, Evidence};

/// Blocks after which half as much of the reserve is paid out as in the beginning, roughly.
const RESERVE_BLOCKS: f64 = 60.0;
/// Most that one block can earn a stake, as a natural logarithm. What fails together within a second is often one event and not many, and before
/// there were several nothing tells how bursty the traffic is: no single second decides. A factor cut off above keeps its expectation at most 1.
const MOST: f64 = 4.0;

/// How one stake guesses the shares of the next block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Strategy {
    /// Each track as it was in all earlier blocks: the definition's bet.
    Own,
    /// Both tracks alike, as both together were in all earlier blocks.
    Equal,
    /// Each track as it was lately.
    Recent,
    /// Both tracks together as in all earlier blocks, and the canary's odds this many times the control's: one thing to
    /// learn instead of two.
    Odds(f64),
    /// The control as in all earlier blocks, the canary at this share.
    Fixed(f64),
}

/// What one strategy has made of its money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stake {
    strategy: Strategy,
    /// Share of what the reserve pays out.
    weight: f64,
    wealth: Evidence,
}

/// Counts that fade from block to block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Faded {
    n: f64,
    k: f64,
}

impl Faded {
    /// Fades by 1/64 a block (half in 44 blocks), then adds.
    fn take(&mut self, counts: Counts) {
        self.n = self.n * (63.0 / 64.0) + counts.n as f64;
        self.k = self.k * (63.0 / 64.0) + counts.k as f64;
    }
}

/// Several strategies that share one stake of 1 against the same question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portfolio {
    prior: Prior,
    stakes: Vec<Stake>,
    /// Part of the money that was kept back at the start.
    reserve: f64,
    blocks: u64,
    control: Counts,
    canary: Counts,
    recent_control: Faded,
    recent_canary: Faded,
}

/// What a strategy gets at the start, and its share of what the reserve pays out.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// How it bets.
    pub strategy: Strategy,
    /// Part of the money at the start.
    pub start: f64,
    /// Part of every payment of the reserve.
    pub later: f64,
}

const fn split(strategy: Strategy, start: f64, later: f64) -> Split {
    Split { strategy, start, later }
}

/// A canary that is worse: as it was, by a factor (one thing to learn instead of two), or lately.
const HARM: [Split; 5] = [
    split(Strategy::Own, 0.3, 0.0),
    split(Strategy::Odds(2.0), 0.2, 0.0),
    split(Strategy::Odds(4.0), 0.15, 0.0),
    split(Strategy::Fixed(0.2), 0.15, 0.3),
    split(Strategy::Recent, 0.0, 0.7),
];
/// A canary that fails a good part of all requests.
const GROSS: [Split; 4] = [
    split(Strategy::Fixed(0.05), 0.1, 0.2),
    split(Strategy::Fixed(0.2), 0.5, 0.3),
    split(Strategy::Fixed(0.6), 0.2, 0.3),
    split(Strategy::Recent, 0.0, 0.2),
];
/// A canary that is no worse: as good as its control, or as it was.
const PASS: [Split; 2] = [split(Strategy::Own, 0.3, 0.3), split(Strategy::Equal, 0.6, 0.7)];

impl Portfolio {
    /// Bets against a harm null on regressions of any size.
    #[must_use]
    pub fn harm(prior: Prior) -> Self {
        Self::new(prior, &HARM, 0.2)
    }

    /// Bets against a harm null on gross failures, for a control that hardly ever fails.
    #[must_use]
    pub fn gross() -> Self {
        Self::new(Prior::around(0.005, 50.0), &GROSS, 0.2)
    }

    /// Bets against a non-inferiority null. The reserve saves it from ruin by a first block that is large and unlike the
    /// prior.
    #[must_use]
    pub fn pass(prior: Prior) -> Self {
        Self::new(prior, &PASS, 0.1)
    }

    /// `reserve` is what is kept back. Amounts are normalised to 1 in sum.
    #[must_use]
    pub fn new(prior: Prior, splits: &[Split], reserve: f64) -> Self {
        let total = splits.iter().map(|split| split.start).sum::<f64>() + reserve;
        let later = splits.iter().map(|split| split.later).sum::<f64>();
        let stake = |split: &Split| Stake {
            strategy: split.strategy,
            weight: if later > 0.0 { split.later / later } else { 0.0 },
            wealth: Evidence::from_e(split.start / total),
        };
        Self {
            prior,
            stakes: splits.iter().map(stake).collect(),
            reserve: if later > 0.0 { reserve / total } else { 0.0 },
            blocks: 0,
            control: Counts::default(),
            canary: Counts::default(),
            recent_control: Faded::default(),
            recent_canary: Faded::default(),
        }
    }

    /// Takes one block in. `temper` divides the logarithm of every factor: 1 for independent requests, more where they
    /// come in bursts; like the null it may depend on earlier blocks only.
    pub fn observe(&mut self, null: Null, control: Counts, canary: Counts, temper: f64) {
        if control.n > 0 && canary.n > 0 {
            let paid = self.kept(self.blocks) - self.kept(self.blocks.saturating_add(1));
            self.blocks = self.blocks.saturating_add(1);
            let settled = self.stakes.iter().map(|stake| {
                let funded = if stake.weight > 0.0 && paid > 0.0 {
                    stake.wealth.plus(Evidence::from_e(paid * stake.weight))
                } else {
                    stake.wealth
                };
                let factor = null.log_factor(self.guess(stake.strategy), control, canary);
                Stake { wealth: funded.times((factor / temper.max(1.0)).min(MOST)), ..*stake }
            });
            self.stakes = settled.collect();
        }
        self.control = self.control.plus(control);
        self.canary = self.canary.plus(canary);
        self.recent_control.take(control);
        self.recent_canary.take(canary);
    }

    /// What is left of the reserve after some blocks: falls like the inverse of a square root.
    fn kept(&self, blocks: u64) -> f64 {
        self.reserve / (1.0 + blocks as f64 / RESERVE_BLOCKS).sqrt()
    }

    fn guess(&self, strategy: Strategy) -> Shares {
        match strategy {
            Strategy::Own => self.prior.shares(self.control, self.canary),
            Strategy::Equal => {
                let share = self.prior.share(self.control.plus(self.canary));
                Shares { control: share, canary: share }
            }
            Strategy::Recent => Shares {
                control: self.prior.share_of(self.recent_control.n, self.recent_control.k),
                canary: self.prior.share_of(self.recent_canary.n, self.recent_canary.k),
            },
            Strategy::Odds(ratio) => self.at_odds(ratio),
            Strategy::Fixed(canary) => Shares { control: self.prior.share(self.control), canary },
        }
    }

    /// Shares with the given odds ratio that together make up the share of both tracks: the positive root of a quadratic.
    fn at_odds(&self, ratio: f64) -> Shares {
        let both = self.control.plus(self.canary);
        let share = self.prior.share(both);
        let canary_part = if both.n == 0 { 0.5 } else { self.canary.n as f64 / both.n as f64 };
        let a = (1.0 - canary_part) * (ratio - 1.0);
        let b = (1.0 - canary_part) + canary_part * ratio - share * (ratio - 1.0);
        // The form without cancellation; it holds for a = 0, too.
        let control = 2.0 * share / (b + (b * b + 4.0 * a * share).sqrt());
        Shares { control, canary: ratio * control / (1.0 + (ratio - 1.0) * control) }
    }

    /// The portfolio's wealth: evidence against the null.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let reserve = Evidence::from_e(self.kept(self.blocks));
        self.stakes.iter().fold(reserve, |sum, stake| sum.plus(stake.wealth))
    }
}
