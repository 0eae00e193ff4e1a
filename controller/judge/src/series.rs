//! Series of any metric judged while they come: pairs of samples, bet on one after another.
//!
//! ```text
//! wealth   bets of several sizes on a bounded score, and what they come to
//! pairs    two series -> scores against a margin, tempered where they hang together -> evidence
//! metric   evidence of harm and of no harm -> what one metric is, and why
//! ```
//! The samples of one step share what is common to both sides: load, time of day. If the canary is exactly as much greater than its control as the margin allows, their
//! difference against it is as often above 0 as below, and as far; then no way of betting on that makes money, whenever one stops (Ville's inequality; Waudby-Smith and
//! Ramdas, "Estimating means of bounded random variables by betting", 2024, for the bets). Differences are cut at a multiple of their usual size, so that one outlier is one
//! sample and the bet is bounded whatever the metric's unit; that asks for symmetry at the margin, not for a distribution.

mod metric;
mod pairs;
mod wealth;

pub use metric::{Level, judge_metric};
pub use pairs::{Margin, Pairs, Side};

/// The name under which a canary config asks for this judge.
pub const JUDGE: &str = "WeirSequential-v1.0";
