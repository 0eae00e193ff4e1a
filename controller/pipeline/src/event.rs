//! What a run is told from outside.
//!
//! Each event may come twice, or late: a report names the attempt that it is about, and a command the life of the run that its author saw. What
//! is about another one is left aside.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that happened, or that somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// From whoever runs stages.
    Report(Report),
    /// From people, and from what admits runs.
    Command(Command),
}

/// News of one attempt of one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Id of the stage.
    pub stage: String,
    /// Which attempt: that of the action's key.
    pub attempt: u32,
    /// What is new.
    pub news: News,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It is on its way.
    Started {
        /// When it has succeeded without another word, for a stage that only waits.
        done_at: Option<Timestamp>,
    },
    /// Where it stands, for people. The last one counts.
    Progress(String),
    /// What later stages may read, whatever becomes of it yet.
    Made(Map<String, Value>),
    /// It is done, with what later stages may read.
    Succeeded(Map<String, Value>),
    /// It failed.
    Failed(Fault),
    /// It was stopped, as asked, and does nothing any more; or it never began.
    Stopped,
    /// What its condition is, or why nobody can tell.
    Evaluated(Result<bool, String>),
}

/// A failure, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Whose it is.
    pub blame: Blame,
    /// What happened, for people.
    pub message: String,
}

impl Fault {
    /// Of what the stage does.
    #[must_use]
    pub fn work(message: impl fmt::Display) -> Self {
        Self { blame: Blame::Work, message: message.to_string() }
    }

    /// Of what it needs, and what may be well next time.
    #[must_use]
    pub fn infrastructure(message: impl fmt::Display) -> Self {
        Self { blame: Blame::Infrastructure, message: message.to_string() }
    }
}

/// Whose failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Blame {
    /// The work itself: a test that is red, a manifest that was refused. Another attempt would most likely fail alike.
    Work,
    /// What it runs on: a lost pod, an image that could not be pulled, an API server that did not answer.
    Infrastructure,
}

/// What somebody wants of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Who, for people.
    pub by: String,
    /// The life of the run that its author saw: how often it had been restarted.
    pub life: u32,
    /// What.
    pub ask: Ask,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// It is this run's turn: see [`crate::queue`].
    Admit,
    /// It need not run any more: a newer one waits. Holds only while it waits itself.
    Supersede {
        /// Id of the newer run.
        newer: String,
    },
    /// What has to be there before its first stage is not: the run fails without doing anything, clean-up neither, for there is nothing to clean up. Holds only
    /// while it waits.
    Lacks {
        /// What, for people.
        what: String,
    },
    /// Stop what runs; clean-up runs.
    Cancel {
        /// Why, for people.
        reason: String,
        /// Stop the clean-up too.
        force: bool,
    },
    /// Start nothing new; what runs goes on.
    Pause,
    /// Go on.
    Resume,
    /// Do without this stage; what follows goes on.
    Skip {
        /// Id or name.
        stage: String,
    },
    /// Do not wait any longer: for the window, before another attempt, or in a stage that only waits.
    SkipWait {
        /// Id or name.
        stage: String,
    },
    /// Let a stage through the freezes that are in force.
    Thaw {
        /// Id or name.
        stage: String,
        /// Why it cannot wait, for whoever looks at it later.
        reason: String,
    },
    /// Decide a stage that waits for that.
    Judge {
        /// Id or name.
        stage: String,
        /// Go on, or not.
        go_on: bool,
        /// What was chosen.
        input: Option<String>,
        /// Why, for whoever looks at it later.
        reason: Option<String>,
        /// The roles of whoever decides: as he says, for those who carry the question here are to know who may ask.
        roles: Vec<String>,
    },
    /// Run this stage and everything after it again, in a run that has ended.
    Restart {
        /// Id or name; not of a child.
        stage: String,
    },
}
