//! Where one stage stands: one variant a phase, each with exactly the data that the phase needs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Fault;
use crate::freeze::Hold;
use crate::status::Status;

/// Where a stage stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", deny_unknown_fields)]
pub enum Standing {
    /// For the stages that it needs.
    Waiting,
    /// For the answer to its `when`.
    Asking,
    /// Everything is there; a paused run holds it.
    Ready,
    /// For its window.
    Window {
        /// When it starts.
        until: Timestamp,
        /// When it has waited too long.
        last: Timestamp,
    },
    /// For the end of a freeze.
    Frozen {
        /// Those that hold it.
        by: Vec<Hold>,
    },
    /// Its children before its own work are running.
    Before,
    /// Its work has been asked for.
    Starting,
    /// Its work is on its way.
    Running {
        /// When it has succeeded without another word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[serde(rename = "doneAt")]
        done_at: Option<Timestamp>,
    },
    /// An attempt failed; it waits before the next one.
    BackingOff {
        /// When that starts.
        until: Timestamp,
    },
    /// Its children after its own work are running.
    After,
    /// Its work, and its children, have been asked to stop.
    Stopping {
        /// Since when.
        since: Timestamp,
        /// Whether its own work has still to say that it has stopped.
        own: bool,
        /// Whether its clean-up is stopped too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        force: bool,
        /// What follows.
        then: Then,
    },
    /// It did not end well; its children for that case are running.
    Recovering {
        /// How it ends after that.
        end: End,
    },
    /// It is over.
    Ended(End),
}

/// What follows once a stage has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Then {
    /// It has ended.
    End(End),
    /// It has failed: another attempt, or what `onFailure` says.
    Fail(Fault),
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// How.
    pub status: Status,
    /// Why, for people; nothing where it simply succeeded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Whether the run has failed once all branches are through.
    #[serde(default, rename = "failsRun", skip_serializing_if = "std::ops::Not::not")]
    pub fails_run: bool,
    /// When.
    pub at: Timestamp,
}

impl Standing {
    /// As people and expressions see it.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Waiting | Self::Asking | Self::Ready => Status::NotStarted,
            Self::Window { .. }
            | Self::Frozen { .. }
            | Self::Before
            | Self::Starting
            | Self::Running { .. }
            | Self::BackingOff { .. }
            | Self::After
            | Self::Stopping { .. }
            | Self::Recovering { .. } => Status::Running,
            Self::Ended(end) => end.status,
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub const fn end(&self) -> Option<&End> {
        match self {
            Self::Ended(end) => Some(end),
            Self::Waiting
            | Self::Asking
            | Self::Ready
            | Self::Window { .. }
            | Self::Frozen { .. }
            | Self::Before
            | Self::Starting
            | Self::Running { .. }
            | Self::BackingOff { .. }
            | Self::After
            | Self::Stopping { .. }
            | Self::Recovering { .. } => None,
        }
    }

    /// Whether something outside may be doing work for it.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        matches!(self, Self::Starting | Self::Running { .. } | Self::Stopping { own: true, .. })
    }

    /// Whether its time is running: not while it waits for its turn, nor once it is being ended.
    pub(crate) const fn is_timed(&self) -> bool {
        matches!(self, Self::Before | Self::Starting | Self::Running { .. } | Self::After)
    }
}
