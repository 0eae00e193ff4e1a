//! Where a release stands: one variant a phase, each with exactly the data that the phase needs.
//!
//! A `State` and the flat `Canary.status` say the same: see [`crate::status`].

use weir_api::status::{PastRelease, Phase, ReleaseOutcome, Revision, Split};
use weir_api::{Share, Timestamp};

/// Everything that has to survive a restart of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// What the stable workload runs.
    pub stable: Stable,
    /// Number of weight changes so far. It only grows.
    pub epoch: u64,
    /// Where the release stands.
    pub stage: Stage,
    /// How the last releases ended, the latest first.
    pub history: Vec<PastRelease>,
}

/// What the stable workload runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stable {
    /// Its image and pod template.
    pub revision: Revision,
    /// Image that the workload's own manifest named when this was settled.
    pub manifest_image: String,
    /// What it ran before the last promotion, unless that was undone or changed by hand since.
    pub before: Option<Revision>,
}

/// Where a release stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is being released.
    Idle,
    /// Canary and baseline are starting; they get no request yet.
    Starting {
        /// What is being released.
        release: Release,
        /// When the phase was entered.
        since: Timestamp,
    },
    /// Going through the steps.
    Progressing(AtStep),
    /// Waiting for somebody to promote or abort.
    Paused {
        /// The step that waits.
        at: AtStep,
        /// Why it waits.
        reason: String,
    },
    /// The steps are done: the stable workload is being given the new version while the canary still serves.
    Promoting {
        /// What is being released.
        release: Release,
        /// When the phase was entered.
        since: Timestamp,
        /// The weights of the last step.
        split: Split,
    },
    /// Production runs the new version and is watched; the old version's pods, which are called the baseline, wait at full size. `State::stable`
    /// is the old version still, since it is what an abort restores.
    Watching {
        /// What was released.
        release: Release,
        /// When the phase was entered.
        since: Timestamp,
        /// The weights: all zero.
        split: Split,
    },
    /// The old version's pods, which are called the baseline, serve everything while the stable workload is given it back.
    Returning {
        /// What was released.
        release: Release,
        /// The weights: everything to the baseline.
        split: Split,
        /// Why, and when that was decided.
        decision: Decided,
    },
    /// Weight 0; waiting until canary and baseline have no request in flight.
    Draining {
        /// What was released.
        release: Release,
        /// When the phase was entered.
        since: Timestamp,
        /// The weights: all zero.
        split: Split,
        /// How it ended, why, and when that was decided.
        decision: Decided,
    },
    /// Production runs the release.
    Promoted(Ended),
    /// Production runs what it ran before.
    Aborted(Ended),
}

/// A release on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Name in reports.
    pub name: String,
    /// Image and pod template.
    pub revision: Revision,
    /// What production ran when it began.
    pub from: Revision,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether a step went on without proof.
    pub unproven: bool,
}

/// A release at one of its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtStep {
    /// What is being released.
    pub release: Release,
    /// Index of the step, from 0.
    pub step: usize,
    /// When the step was entered, or its weight last changed.
    pub since: Timestamp,
    /// The weights in force.
    pub split: Split,
    /// A share that somebody asked for: it takes the place of the step's until the release goes on.
    pub by_hand: Option<Share>,
}

/// How a release ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Promoted or aborted.
    pub outcome: ReleaseOutcome,
    /// When that was decided.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A release with nothing left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What was released.
    pub release: Release,
    /// When the end was decided.
    pub decided_at: Timestamp,
    /// When nothing was left to do.
    pub finished_at: Timestamp,
    /// Why it ended so.
    pub reason: String,
}

impl State {
    /// The state of a Service that nothing was ever released on.
    #[must_use]
    pub fn new(stable: Stable) -> Self {
        Self { stable, epoch: 0, stage: Stage::Idle, history: Vec::new() }
    }

    /// The weights in force; `None` where all requests go to the Service itself.
    #[must_use]
    pub fn split(&self) -> Option<&Split> {
        self.stage.split()
    }

    /// Share of the canary now.
    #[must_use]
    pub fn canary_weight(&self) -> Share {
        self.split().map_or(Share::ZERO, |split| split.canary.weight)
    }

    /// The release in progress, or the last one.
    #[must_use]
    pub fn release(&self) -> Option<&Release> {
        match &self.stage {
            Stage::Idle => None,
            Stage::Starting { release, .. }
            | Stage::Promoting { release, .. }
            | Stage::Watching { release, .. }
            | Stage::Returning { release, .. }
            | Stage::Draining { release, .. } => Some(release),
            Stage::Progressing(at) | Stage::Paused { at, .. } => Some(&at.release),
            Stage::Promoted(ended) | Stage::Aborted(ended) => Some(&ended.release),
        }
    }

    pub(crate) fn release_mut(&mut self) -> Option<&mut Release> {
        match &mut self.stage {
            Stage::Idle => None,
            Stage::Starting { release, .. }
            | Stage::Promoting { release, .. }
            | Stage::Watching { release, .. }
            | Stage::Returning { release, .. }
            | Stage::Draining { release, .. } => Some(release),
            Stage::Progressing(at) | Stage::Paused { at, .. } => Some(&mut at.release),
            Stage::Promoted(ended) | Stage::Aborted(ended) => Some(&mut ended.release),
        }
    }

    /// Whether requests are being split and the judge's verdict can end it.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        match &self.stage {
            Stage::Progressing(_)
            | Stage::Paused { .. }
            | Stage::Promoting { .. }
            | Stage::Watching { .. } => true,
            Stage::Idle
            | Stage::Starting { .. }
            | Stage::Returning { .. }
            | Stage::Draining { .. }
            | Stage::Promoted(_)
            | Stage::Aborted(_) => false,
        }
    }
}

impl Stage {
    /// The name of the phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Idle => Phase::Idle,
            Self::Starting { .. } => Phase::Starting,
            Self::Progressing(_) => Phase::Progressing,
            Self::Paused { .. } => Phase::Paused,
            Self::Promoting { .. } => Phase::Promoting,
            Self::Watching { .. } => Phase::Watching,
            Self::Returning { .. } => Phase::Returning,
            Self::Draining { .. } => Phase::Draining,
            Self::Promoted(_) => Phase::Promoted,
            Self::Aborted(_) => Phase::Aborted,
        }
    }

    /// The weights in force.
    pub(crate) fn split(&self) -> Option<&Split> {
        match self {
            Self::Progressing(at) | Self::Paused { at, .. } => Some(&at.split),
            Self::Promoting { split, .. }
            | Self::Watching { split, .. }
            | Self::Returning { split, .. }
            | Self::Draining { split, .. } => Some(split),
            Self::Idle | Self::Starting { .. } | Self::Promoted(_) | Self::Aborted(_) => None,
        }
    }

    /// The step that a release is at.
    #[must_use]
    pub fn at_step(&self) -> Option<&AtStep> {
        match self {
            Self::Progressing(at) | Self::Paused { at, .. } => Some(at),
            Self::Idle
            | Self::Starting { .. }
            | Self::Promoting { .. }
            | Self::Watching { .. }
            | Self::Returning { .. }
            | Self::Draining { .. }
            | Self::Promoted(_)
            | Self::Aborted(_) => None,
        }
    }

    /// A release with nothing left to do.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        match self {
            Self::Promoted(ended) | Self::Aborted(ended) => Some(ended),
            Self::Idle
            | Self::Starting { .. }
            | Self::Progressing(_)
            | Self::Paused { .. }
            | Self::Promoting { .. }
            | Self::Watching { .. }
            | Self::Returning { .. }
            | Self::Draining { .. } => None,
        }
    }

    /// How the release ends or has ended, once that is decided.
    #[must_use]
    pub fn outcome(&self) -> Option<ReleaseOutcome> {
        match self {
            Self::Returning { decision, .. } | Self::Draining { decision, .. } => Some(decision.outcome),
            Self::Promoted(_) => Some(ReleaseOutcome::Promoted),
            Self::Aborted(_) => Some(ReleaseOutcome::Aborted),
            Self::Idle
            | Self::Starting { .. }
            | Self::Progressing(_)
            | Self::Paused { .. }
            | Self::Promoting { .. }
            | Self::Watching { .. } => None,
        }
    }
}
