//! How a stage or a run stands.

use std::fmt;
use std::str::FromStr;

/// The statuses of stages and runs, by the names that pipelines compare them with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for others.
    NotStarted,
    /// Waits for a place among those that may run.
    Buffered,
    /// At work.
    Running,
    /// Held by somebody.
    Paused,
    /// Waits for something outside.
    Suspended,
    /// Goes on elsewhere.
    Redirect,
    /// Did what it should.
    Succeeded,
    /// Failed, and what comes after it goes on.
    FailedContinue,
    /// Did not have to run.
    Skipped,
    /// Failed, and its run with it.
    Terminal,
    /// Ended by somebody.
    Canceled,
    /// Failed, and its branch with it.
    Stopped,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::NotStarted,
        Self::Buffered,
        Self::Running,
        Self::Paused,
        Self::Suspended,
        Self::Redirect,
        Self::Succeeded,
        Self::FailedContinue,
        Self::Skipped,
        Self::Terminal,
        Self::Canceled,
        Self::Stopped,
    ];

    /// Its name in expressions, such as `FAILED_CONTINUE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Buffered => "BUFFERED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Suspended => "SUSPENDED",
            Self::Redirect => "REDIRECT",
            Self::Succeeded => "SUCCEEDED",
            Self::FailedContinue => "FAILED_CONTINUE",
            Self::Skipped => "SKIPPED",
            Self::Terminal => "TERMINAL",
            Self::Canceled => "CANCELED",
            Self::Stopped => "STOPPED",
        }
    }

    /// Whether nothing more comes of it.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        match self {
            Self::NotStarted
            | Self::Buffered
            | Self::Running
            | Self::Paused
            | Self::Suspended
            | Self::Redirect => false,
            Self::Succeeded
            | Self::FailedContinue
            | Self::Skipped
            | Self::Terminal
            | Self::Canceled
            | Self::Stopped => true,
        }
    }

    /// Whether what comes after it does not start.
    #[must_use]
    pub const fn is_halt(self) -> bool {
        matches!(self, Self::Terminal | Self::Canceled | Self::Stopped)
    }

    /// Whether it did what it should, or did not have to. A branch that was halted did not, though Spinnaker counts it here too.
    #[must_use]
    pub const fn is_successful(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped)
    }

    /// Whether it failed, whatever came of that.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Terminal | Self::Stopped | Self::FailedContinue)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no status has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no status: give one of NOT_STARTED, BUFFERED, RUNNING, PAUSED, SUSPENDED, REDIRECT, SUCCEEDED, FAILED_CONTINUE, SKIPPED, TERMINAL, CANCELED, STOPPED"
)]
pub struct UnknownStatus(pub String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(name: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| UnknownStatus(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn each_status_is_found_by_its_name_and_only_by_that() {
        for status in Status::ALL {
            assert_eq!(status.name().parse(), Ok(status));
            assert!(status.name().to_lowercase().parse::<Status>().is_err());
            assert!(!status.is_halt() || status.is_complete(), "{status}");
            assert!(!(status.is_successful() && status.is_failure()), "{status}");
        }
        let error = "DONE".parse::<Status>().unwrap_err().to_string();
        assert!(Status::ALL.iter().all(|status| error.contains(status.name())), "{error}");
    }
}
