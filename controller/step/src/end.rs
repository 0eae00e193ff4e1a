//! How a step ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a step ended, with whose fault it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum End {
    /// By itself, with this code; 0 is success.
    Exited {
        /// Of the command.
        code: i32,
    },
    /// By a signal that nobody here sent.
    Signalled {
        /// Its number: 9 is mostly the kernel's, which had no memory left.
        signal: i32,
    },
    /// It was asked to.
    Stopped {
        /// Whether it had to be killed, because it did not end within its time.
        killed: bool,
    },
    /// The command could not be started.
    NotStarted {
        /// Why.
        reason: String,
    },
    /// It left less than its order's `freeBytes` on the disk.
    DiskFull {
        /// Bytes that were free.
        free_bytes: u64,
    },
    /// Its log could not be written any more.
    LogLost {
        /// Why.
        reason: String,
    },
    /// Its keeper is gone, and with it how it ended.
    Lost,
    /// What it ran in was taken away: a pod that was evicted, a node that is gone.
    TakenAway {
        /// By whom, or what for.
        reason: String,
    },
}

/// Whose fault an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Blame {
    /// Nobody's.
    Nobody,
    /// The step's: it would fail again.
    Work,
    /// The machine's: it may work another time.
    Infrastructure,
}

impl End {
    /// Whose fault it is. A step that was stopped is nobody's.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Exited { code: 0 } | Self::Stopped { .. } => Blame::Nobody,
            Self::Exited { .. } | Self::NotStarted { .. } => Blame::Work,
            Self::Signalled { .. }
            | Self::DiskFull { .. }
            | Self::LogLost { .. }
            | Self::Lost
            | Self::TakenAway { .. } => Blame::Infrastructure,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A shell says so of its command.
            Self::Exited { code: 137 } => f.write_str(
                "exit code 137, as of a command that somebody killed, or the kernel for want of memory",
            ),
            Self::Exited { code } => write!(f, "exit code {code}"),
            Self::Signalled { signal: 9 } => {
                f.write_str("killed by signal 9: somebody, or the kernel for want of memory")
            }
            Self::Signalled { signal } => write!(f, "killed by signal {signal}"),
            Self::Stopped { killed: false } => f.write_str("stopped"),
            Self::Stopped { killed: true } => {
                f.write_str("killed, because it did not end when it was asked to")
            }
            Self::NotStarted { reason } => write!(f, "not started: {reason}"),
            Self::DiskFull { free_bytes } => {
                write!(f, "ended because it filled the disk: {} MiB were free", free_bytes >> 20)
            }
            Self::LogLost { reason } => write!(f, "ended because its log could not be written: {reason}"),
            Self::TakenAway { reason } => write!(f, "taken away: {reason}"),
            Self::Lost => f.write_str("lost: what kept it is gone, by a restart of the machine or a kill"),
        }
    }
}
