//! Which latency thresholds have to be proven before a pass.
//!
//! Every threshold is its own claim ("no more requests above 47 ms than tolerated"), and a pass claims all of them, so
//! each must reach a limit by itself: the chance that a wrong claim slips through is then that of the weakest, without
//! correction for their number. The limit is a fifth of the one for errors (5 % where alpha is 1 %, the usual level for
//! non-inferiority): a canary that is too slow is so at several thresholds, and all of them would have to err. Thresholds far in the tail see almost no requests; demanding proof there would stop every release of a
//! small service for hours. The rule looks at both tracks together, so a canary cannot escape it by being slow.

use crate::{Counts, Evidence, Threshold};

/// Thresholds up to this quantile are always required.
const ALWAYS: f64 = 0.99;
/// Beyond it, a threshold is required once this many requests of both tracks together were slower.
const SLOW_REQUESTS: u64 = 10;

/// Whether a pass needs proof at this threshold.
pub(crate) fn required(threshold: Threshold, control: Counts, canary: Counts) -> bool {
    threshold.quantile <= ALWAYS || control.k.saturating_add(canary.k) >= SLOW_REQUESTS
}

/// Evidence that a threshold needs for a pass, where errors need `goal`.
pub(crate) fn pass_goal(goal: Evidence) -> Evidence {
    goal.times(-5.0_f64.ln()).max(Evidence::NONE)
}
