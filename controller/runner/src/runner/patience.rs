//! How patient a runner is with others.

use std::time::Duration;

/// How often and how long others are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long one call may take.
    pub deadline: Duration,
    /// How long after a call that may pass next time it is made again.
    pub again: Duration,
    /// How long it is made again.
    pub within: Duration,
    /// Longest time between two questions about an analysis of `SonarQube`; its web hook ends it early.
    pub analysis: Duration,
    /// How long somebody who cannot be told is tried again.
    pub notices: Duration,
    /// How often objects are looked at until they are as they should be.
    pub look: Duration,
}

impl Default for Patience {
    /// A call of 30 s, made again every 10 s for five minutes: Spinnaker's. Analyses are asked about every 5 s, objects every second, and who is to be
    /// told is tried for an hour.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            again: Duration::from_secs(10),
            within: Duration::from_mins(5),
            analysis: Duration::from_secs(5),
            notices: Duration::from_hours(1),
            look: Duration::from_secs(1),
        }
    }
}
