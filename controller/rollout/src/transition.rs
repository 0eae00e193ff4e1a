//! What one look at the world decided.

use std::fmt;

use weir_api::status::{Revision, Split};
use weir_api::{Share, Track};

use crate::State;

/// What one look at the world decided: where the release stands now, and what is worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where the release stands now.
    pub state: State,
    /// What happened, in order. Empty where nothing changed.
    pub events: Vec<Event>,
}

/// Something worth telling people. Its text form is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The workload's own manifest was changed around the Canary.
    StableChanged(Revision),
    /// A release began.
    Started {
        /// Name in reports.
        name: String,
        /// The image that production runs.
        from: String,
        /// The image being released.
        to: String,
    },
    /// New weights, not yet acknowledged.
    WeightSet {
        /// Number of this weight setting.
        epoch: u64,
        /// Share of the canary.
        canary: Share,
        /// Share of the baseline.
        baseline: Share,
    },
    /// Other requests go to the canary whatever its weight, or copies of others; not yet acknowledged.
    RouteSet {
        /// Number of this weight setting.
        epoch: u64,
        /// The change.
        what: String,
    },
    /// A step was entered.
    StepEntered {
        /// Index of the step, from 0.
        step: usize,
        /// Number of steps.
        of: usize,
        /// What the step does.
        what: String,
    },
    /// The release waits for somebody.
    Paused(String),
    /// A step went on without proof, with the reason.
    Unproven(String),
    /// The steps are done; stable gets the new version.
    Promoting(String),
    /// Production runs the new version and is watched for so long, in words.
    Watching(String),
    /// The release was given up, with the reason.
    Aborting(String),
    /// Nothing is left to do: production runs the new version.
    Promoted(String),
    /// Nothing is left to do: production runs what it ran before.
    Aborted(String),
    /// What somebody asked for and got, where no other event says it.
    Commanded(String),
    /// A command that changes nothing where the release stands.
    Ignored(String),
}

impl Event {
    /// The weights of this split are set.
    pub(crate) fn weight_set(split: &Split) -> Self {
        let (canary, baseline) = (split.weight(Track::Canary), split.weight(Track::Baseline));
        Self::WeightSet { epoch: split.epoch, canary, baseline }
    }

    /// Short name for machines: a reason of a Kubernetes Event, a metric label.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::StableChanged(_) => "StableChanged",
            Self::Started { .. } => "Started",
            Self::WeightSet { .. } => "WeightSet",
            Self::RouteSet { .. } => "RouteSet",
            Self::StepEntered { .. } => "StepEntered",
            Self::Paused(_) => "Paused",
            Self::Unproven(_) => "Unproven",
            Self::Promoting(_) => "Promoting",
            Self::Watching(_) => "Watching",
            Self::Aborting(_) => "Aborting",
            Self::Promoted(_) => "Promoted",
            Self::Aborted(_) => "Aborted",
            Self::Commanded(_) => "Commanded",
            Self::Ignored(_) => "Ignored",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StableChanged(revision) => {
                write!(
                    f,
                    "the workload's own manifest changed: stable becomes {} without a canary",
                    revision.image
                )
            }
            Self::Started { name, from, to } => write!(f, "release {name} began: {from} to {to}"),
            Self::WeightSet { epoch, canary, baseline } if *baseline == Share::ZERO => {
                write!(f, "weights set: canary {canary} (epoch {epoch})")
            }
            Self::WeightSet { epoch, canary, baseline } => {
                write!(f, "weights set: canary {canary}, baseline {baseline} (epoch {epoch})")
            }
            Self::RouteSet { epoch, what } => write!(f, "{what} (epoch {epoch})"),
            Self::StepEntered { step, of, what } => write!(f, "step {} of {of}: {what}", step + 1),
            Self::Paused(reason) => write!(f, "paused: {reason}"),
            Self::Unproven(reason) => write!(f, "going on without proof: {reason}"),
            Self::Promoting(reason) => write!(f, "stable gets the new version: {reason}"),
            Self::Watching(length) => {
                write!(f, "production runs the new version and is watched for {length}")
            }
            Self::Aborting(reason) => write!(f, "aborting: {reason}"),
            Self::Promoted(reason) => write!(f, "promoted: {reason}"),
            Self::Aborted(reason) => write!(f, "aborted: {reason}"),
            Self::Commanded(what) | Self::Ignored(what) => f.write_str(what),
        }
    }
}
