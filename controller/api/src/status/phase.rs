//! Where a release stands.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a release stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Nothing is being released.
    #[default]
    Idle,
    /// Canary and baseline are starting; they get no requests yet.
    Starting,
    /// Going through the steps.
    Progressing,
    /// Waiting for somebody to promote or abort.
    Paused,
    /// The steps are done: the stable workload is being given the new version.
    Promoting,
    /// Production runs the release and is watched; pods of the version before stay for the way back.
    Watching,
    /// Production is shown to be worse than before: pods of the version before serve everything while the stable workload is given it back.
    Returning,
    /// Weight 0 again; waiting until canary and baseline have no request in flight, then removing them. After a promotion and after an abort.
    Draining,
    /// The release is what production runs.
    Promoted,
    /// The release was given up; production runs what it ran before.
    Aborted,
}

impl Phase {
    /// Every phase, in the order in which a release goes through them.
    pub const ALL: [Self; 10] = [
        Self::Idle,
        Self::Starting,
        Self::Progressing,
        Self::Paused,
        Self::Promoting,
        Self::Watching,
        Self::Returning,
        Self::Draining,
        Self::Promoted,
        Self::Aborted,
    ];

    /// The name, as objects and metrics have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Starting => "Starting",
            Self::Progressing => "Progressing",
            Self::Paused => "Paused",
            Self::Promoting => "Promoting",
            Self::Watching => "Watching",
            Self::Returning => "Returning",
            Self::Draining => "Draining",
            Self::Promoted => "Promoted",
            Self::Aborted => "Aborted",
        }
    }

    /// Whether something is being released.
    #[must_use]
    pub fn is_going_on(self) -> bool {
        !matches!(self, Self::Idle | Self::Promoted | Self::Aborted)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Phase;

    /// Numbers the phases without a gap; does not compile when one is missing.
    fn number(phase: Phase) -> usize {
        match phase {
            Phase::Idle => 0,
            Phase::Starting => 1,
            Phase::Progressing => 2,
            Phase::Paused => 3,
            Phase::Promoting => 4,
            Phase::Watching => 5,
            Phase::Returning => 6,
            Phase::Draining => 7,
            Phase::Promoted => 8,
            Phase::Aborted => 9,
        }
    }

    #[test]
    fn every_phase_is_listed_once_and_named_as_in_objects() {
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(number(phase), index);
            assert_eq!(serde_json::to_value(phase).unwrap(), Value::from(phase.as_str()));
            assert_eq!(format!("{phase:<12}|"), format!("{:<12}|", phase.as_str()));
        }
        assert_eq!(Phase::ALL.len(), number(Phase::Aborted) + 1);
    }
}
