//! How stages and runs stand, and how a run ends.
//!
//! The names are Spinnaker's, spelled as Kubernetes spells phases (`FailedContinue`): they stand in an object's status, beside `Running` and
//! `Succeeded` of pods and jobs. [`Status::spinnaker`] gives the old spelling.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a stage or a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// It waits: a stage for those before it, a run for its turn.
    NotStarted,
    /// It goes on. Also: it waits for a window, or before another attempt.
    Running,
    /// A run in which nothing new starts until somebody resumes it.
    Paused,
    /// It is done.
    Succeeded,
    /// It failed, and what follows goes on. Of a run: everything is done, and a failure was ignored.
    FailedContinue,
    /// It did not have to run, and what follows goes on.
    Skipped,
    /// It failed, and the run with it.
    Terminal,
    /// It was stopped by somebody, or because another stage failed.
    Canceled,
    /// It failed, and what follows it does not run. Of a run: a branch was halted, and the others are through.
    Stopped,
    /// Of a stage: it has not run and will not. Spinnaker leaves it `NOT_STARTED` for ever.
    NotRun,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NotStarted,
        Self::Running,
        Self::Paused,
        Self::Succeeded,
        Self::FailedContinue,
        Self::Skipped,
        Self::Terminal,
        Self::Canceled,
        Self::Stopped,
        Self::NotRun,
    ];

    /// Whether nothing will come of it any more.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        match self {
            Self::NotStarted | Self::Running | Self::Paused => false,
            Self::Succeeded
            | Self::FailedContinue
            | Self::Skipped
            | Self::Terminal
            | Self::Canceled
            | Self::Stopped
            | Self::NotRun => true,
        }
    }

    /// Whether a stage that ended so lets what follows it start.
    #[must_use]
    pub const fn lets_on(self) -> bool {
        match self {
            Self::Succeeded | Self::FailedContinue | Self::Skipped => true,
            Self::NotStarted
            | Self::Running
            | Self::Paused
            | Self::Terminal
            | Self::Canceled
            | Self::Stopped
            | Self::NotRun => false,
        }
    }

    /// Whether a run that ended so did what it should without a failure. `Stopped` did not, which Spinnaker counts among the successes, and
    /// `FailedContinue` only with one.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped)
    }

    /// Spinnaker's name of it.
    #[must_use]
    pub const fn spinnaker(self) -> &'static str {
        match self {
            Self::NotStarted | Self::NotRun => "NOT_STARTED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Succeeded => "SUCCEEDED",
            Self::FailedContinue => "FAILED_CONTINUE",
            Self::Skipped => "SKIPPED",
            Self::Terminal => "TERMINAL",
            Self::Canceled => "CANCELED",
            Self::Stopped => "STOPPED",
        }
    }

    /// As it stands in an object.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Succeeded => "Succeeded",
            Self::FailedContinue => "FailedContinue",
            Self::Skipped => "Skipped",
            Self::Terminal => "Terminal",
            Self::Canceled => "Canceled",
            Self::Stopped => "Stopped",
            Self::NotRun => "NotRun",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How stages that have all ended end what they are part of: a run, or the stage that they are children of.
///
/// The worst counts: `Terminal`, then `Canceled`, then `Stopped`, then `FailedContinue`. `fails_run` says of each whether it is a halted branch
/// that fails the run in the end.
#[must_use]
pub fn outcome(stages: impl IntoIterator<Item = (Status, bool)>) -> Status {
    let rank = |status| match status {
        Status::Terminal => 4,
        Status::Canceled | Status::NotStarted | Status::Running | Status::Paused => 3,
        Status::Stopped => 2,
        Status::FailedContinue => 1,
        // A stage that was not run has another one as its reason, which counts for itself.
        Status::Succeeded | Status::Skipped | Status::NotRun => 0,
    };
    let worst = stages.into_iter().map(|(status, fails)| if fails { 4 } else { rank(status) }).max();
    match worst.unwrap_or_default() {
        0 => Status::Succeeded,
        1 => Status::FailedContinue,
        2 => Status::Stopped,
        3 => Status::Canceled,
        _ => Status::Terminal,
    }
}

#[cfg(test)]
mod tests {
    use super::{Status, outcome};

    #[test]
    fn names_are_those_that_are_written() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
            let words = status.name().char_indices().flat_map(|(at, letter)| {
                (at > 0 && letter.is_uppercase()).then_some('_').into_iter().chain([letter])
            });
            let old: String = words.collect::<String>().to_uppercase();
            let expected = if status == Status::NotRun { "NOT_STARTED" } else { old.as_str() };
            assert_eq!(status.spinnaker(), expected);
            assert!(!status.lets_on() || status.is_complete());
        }
    }

    #[test]
    fn the_worst_stage_ends_the_run() {
        use Status::{Canceled, FailedContinue, NotRun, Skipped, Stopped, Succeeded, Terminal};
        for (stages, expected) in [
            (vec![], Succeeded),
            (vec![(Succeeded, false), (Skipped, false)], Succeeded),
            (vec![(Succeeded, false), (FailedContinue, false)], FailedContinue),
            (vec![(FailedContinue, false), (Stopped, false), (NotRun, false)], Stopped),
            (vec![(Stopped, false), (Stopped, true)], Terminal),
            (vec![(Stopped, false), (Canceled, false)], Canceled),
            (vec![(Canceled, false), (Terminal, false), (Succeeded, false)], Terminal),
        ] {
            assert_eq!(outcome(stages.clone()), expected, "{stages:?}");
        }
        assert!(!Stopped.is_success() && !FailedContinue.is_success() && Succeeded.is_success());
    }
}
