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

impl Portfolio {
    /// `stakes` are strategies with what each gets at the start and its share of what the reserve pays out; `reserve` is
    /// what is kept back. Amounts are normalised to 1 in sum.
    #[must_use]
    pub fn new(prior: Prior, stakes: &[(Strategy, f64, f64)], reserve: f64) -> Self {
        let total = stakes.iter().map(|stake| stake.1).sum::<f64>() + reserve;
        let shares = stakes.iter().map(|stake| stake.2).sum::<f64>();
        let stake = |&(strategy, start, weight): &(Strategy, f64, f64)| Stake {
            strategy,
            weight: if shares > 0.0 { weight / shares } else { 0.0 },
            wealth: Evidence::from_e(start / total),
        };
        Self {
            prior,
            stakes: stakes.iter().map(stake).collect(),
            reserve: reserve / total,
            blocks: 0,
            control: Counts::default(),
            canary: Counts::default(),
            recent_control: Faded::default(),
            recent_canary: Faded::default(),
        }
    }

    /// Takes one block in. `temper` divides the logarithm of every factor: 1 for independent requests, more where they
    /// come in bursts; like the null it may depend on earlier blocks only. Without a null nothing is bet.
    pub fn observe(&mut self, null: Option<Null>, control: Counts, canary: Counts, temper: f64) {
        if let Some(null) = null
            && control.n > 0
            && canary.n > 0
        {
            let paid = self.kept(self.blocks) - self.kept(self.blocks.saturating_add(1));
            self.blocks = self.blocks.saturating_add(1);
            let prepared = self.stakes.iter().map(|stake| {
                let factor = null.log_factor(self.guess(stake.strategy), control, canary) / temper.max(1.0);
                let wealth = stake.wealth.plus(Evidence::from_e(paid * stake.weight)).times(factor);
                Stake { wealth, ..*stake }
            });
            self.stakes = prepared.collect();
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
            Strategy::Fixed(canary) => Shares { control: self.prior.share(self.control), canary },
        }
    }

    /// The portfolio's wealth: evidence against the null.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let reserve = Evidence::from_e(self.kept(self.blocks));
        self.stakes.iter().fold(reserve, |sum, stake| sum.plus(stake.wealth))
    }
}
