//! What the world should look like in a state: a pure function, so a controller that was killed at any moment re-applies it and nothing is
//! repeated or skipped.

use weir_api::status::{Revision, Split};
use weir_api::{Share, Track};

use crate::copies;
use crate::policy::{Policy, Scale, Step};
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
        /// This many in any case.
        at_least: u32,
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
            let scale = policy.scale_at(0);
            let canary = run(&release.revision, share, scale);
            let baseline = baseline(state, policy.baseline(), policy.baseline_weight(share), scale);
            Desired { split, stable, canary, baseline }
        }
        Stage::Progressing(at) | Stage::Paused { at, .. } => {
            let (canary, baseline) = at_step(policy, state, at);
            Desired { split, stable, canary, baseline }
        }
        Stage::Promoting { release, split: in_force, .. } => {
            let scale = policy.scale_at(policy.steps().len());
            let with = copies_of(policy, in_force, policy.steps().len());
            let canary = run(&release.revision, with(in_force.canary.weight), scale);
            let baseline = match &in_force.baseline {
                // The old version's pods have to be there before stable has none of them left.
                _ if policy.after_promotion().is_some() => baseline(state, true, Share::FULL, scale),
                Some(track) => baseline(state, true, with(track.weight), scale),
                None => Pods::None,
            };
            Desired { split, stable: release.revision.clone(), canary, baseline }
        }
        Stage::Watching { release, .. } => {
            let baseline = baseline(state, true, Share::FULL, Scale::MatchTrafficWeight);
            Desired { split, stable: release.revision.clone(), canary: Pods::Keep, baseline }
        }
        Stage::Returning { .. } => {
            let baseline = baseline(state, true, Share::FULL, Scale::MatchTrafficWeight);
            Desired { split, stable, canary: Pods::Keep, baseline }
        }
        Stage::Draining { .. } => Desired { split, stable, canary: Pods::Keep, baseline: Pods::Keep },
    }
}

/// While a weight waits for its pods, they are sized for it already; the weight in force keeps its own until then.
fn at_step(policy: &Policy, state: &State, at: &AtStep) -> (Pods, Pods) {
    let pending = at.by_hand.or_else(|| weight_of(policy, at.step)).unwrap_or(Share::ZERO);
    let scale = policy.scale_at(at.step);
    let with = copies_of(policy, &at.split, at.step);
    let canary = run(&at.release.revision, with(at.split.canary.weight.max(pending)), scale);
    let wanted = at.split.baseline.is_some() || policy.baseline();
    let in_force = at.split.weight(Track::Baseline);
    (canary, baseline(state, wanted, with(in_force.max(policy.baseline_weight(pending))), scale))
}

/// A share of a track with what it gets in copies, now and by the step at hand.
fn copies_of(policy: &Policy, split: &Split, step: usize) -> impl Fn(Share) -> Share {
    let (copied, away) = (copies::copied_at(policy, split, step), split.weight(Track::Stable).rest());
    move |own| copies::with_copies(own, away, copied)
}

/// The baseline is sized as the canary is, or its pods would have other work to do than the canary's.
fn baseline(state: &State, wanted: bool, share: Share, scale: Scale) -> Pods {
    if wanted { run(&state.stable.revision, share, scale) } else { Pods::None }
}

fn run(revision: &Revision, share: Share, scale: Scale) -> Pods {
    Pods::Run { revision: revision.clone(), share: scale.share(share), at_least: scale.at_least() }
}

fn weight_of(policy: &Policy, step: usize) -> Option<Share> {
    match policy.steps().get(step)? {
        Step::SetWeight(share) => Some(*share),
        Step::SetCanaryScale(_) | Step::SetRoute(_) | Step::Pause(_) | Step::Analysis(_) => None,
    }
}
