//! What the world should look like in a state: a pure function, so a controller that was killed at any moment re-applies it and nothing is
//! repeated or skipped.

use weir_api::status::{Revision, Split};
use weir_api::{Share, Track};

use crate::policy::{Policy, Step};
use crate::state::{AtStep, Stage, State};

/// Weights and pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// What proxies do with requests; `None`: all go to the Service itself.
    pub split: Option<Split>,
    /// What the stable workload runs.
    pub stable: Revision,
    /// The canary's pods.
    pub canary: Pods,
    /// The baseline's pods.
    pub baseline: Pods,
}

/// Pods of one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pods {
    /// None at all.
    None,
    /// As many as there are: they only wait for their last requests.
    Keep,
    /// Enough for a share of the Service's requests, at least one.
    Run {
        /// What they run.
        revision: Revision,
        /// The share that they are for.
        share: Share,
    },
}

/// What the world should look like.
#[must_use]
pub fn desired(policy: &Policy, state: &State) -> Desired {
    let stable = state.stable.revision.clone();
    let split = state.split().cloned();
    match &state.stage {
        Stage::Idle | Stage::Promoted(_) | Stage::Aborted(_) => {
            Desired { split, stable, canary: Pods::None, baseline: Pods::None }
        }
        Stage::Starting { release, .. } => {
            let share = weight_of(policy, 0).unwrap_or(Share::ZERO);
            let canary = Pods::Run { revision: release.revision.clone(), share };
            let baseline = baseline(state, policy.baseline(), policy.baseline_weight(share));
            Desired { split, stable, canary, baseline }
        }
        Stage::Progressing(at) | Stage::Paused { at, .. } => {
            let (canary, baseline) = at_step(policy, state, at);
            Desired { split, stable, canary, baseline }
        }
        Stage::Promoting { release, split: in_force, .. } => {
            let revision = release.revision.clone();
            let canary = Pods::Run { revision: revision.clone(), share: in_force.canary.weight };
            let baseline = match &in_force.baseline {
                Some(track) => baseline(state, true, track.weight),
                None => Pods::None,
            };
            Desired { split, stable: revision, canary, baseline }
        }
        Stage::Draining { .. } => Desired { split, stable, canary: Pods::Keep, baseline: Pods::Keep },
    }
}

/// While a weight waits for its pods, they are sized for it already; the weight in force keeps its own until then.
fn at_step(policy: &Policy, state: &State, at: &AtStep) -> (Pods, Pods) {
    let pending = weight_of(policy, at.step).unwrap_or(Share::ZERO);
    let canary =
        Pods::Run { revision: at.release.revision.clone(), share: at.split.canary.weight.max(pending) };
    let wanted = at.split.baseline.is_some() || policy.baseline();
    let in_force = at.split.weight(Track::Baseline);
    (canary, baseline(state, wanted, in_force.max(policy.baseline_weight(pending))))
}

fn baseline(state: &State, wanted: bool, share: Share) -> Pods {
    if wanted { Pods::Run { revision: state.stable.revision.clone(), share } } else { Pods::None }
}

fn weight_of(policy: &Policy, step: usize) -> Option<Share> {
    match policy.steps().get(step)? {
        Step::SetWeight(share) => Some(*share),
        Step::Pause(_) | Step::Analysis(_) => None,
    }
}
