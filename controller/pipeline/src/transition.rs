//! What one look at a run makes of it, and what is to be done.

use std::fmt;

use crate::run::Run;
use crate::status::Status;

/// The run afterwards, and what is to be done.
///
/// Store the run first, then do the rest. Actions are all that the run wants done, not only what is new: each comes again with every look until it
/// has been reported on. Whoever does them knows by the key what he has done already, so nothing is lost or done twice where he dies in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// What to store.
    pub run: Run,
    /// What to do.
    pub actions: Vec<Action>,
    /// Commands that changed nothing, and why.
    pub refused: Vec<Refusal>,
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Do the stage's work, and report on it.
    Start(Key),
    /// Stop it, and report that it has stopped; also where it never began.
    Stop(Key),
    /// Evaluate the stage's condition, and report the answer.
    Evaluate {
        /// Whose.
        key: Key,
        /// The expression.
        condition: String,
    },
}

/// What tells one attempt from every other one, in all runs: the name of whatever it makes outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Id of the run.
    pub run: String,
    /// Id of the stage.
    pub stage: String,
    /// Number of the attempt.
    pub attempt: u32,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.run, self.stage, self.attempt)
    }
}

/// Why something that was asked for was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run began with another definition, or is in a form that this program does not know.
    #[error(
        "run {run:?} has a form or a definition that this one is not: give the definition that is kept with the run, and a program that is not older"
    )]
    Foreign {
        /// Id of the run.
        run: String,
    },
    /// The run has been restarted since.
    #[error(
        "it was meant for the run before its restart (life {given}, now {current}): look again, then repeat it"
    )]
    Stale {
        /// What its author saw.
        given: u32,
        /// What it is.
        current: u32,
    },
    /// The run is not in a state for it.
    #[error("the run is {status}: {mend}")]
    Unfit {
        /// How it stands.
        status: Status,
        /// What would help.
        mend: &'static str,
    },
    /// What has to be there before a run begins is not; said by whoever looks for it.
    #[error("the run cannot begin: {0}")]
    Lacks(String),
    /// There is no such stage.
    #[error("there is no stage {wanted:?}: {mend}")]
    UnknownStage {
        /// As it was given.
        wanted: String,
        /// What was probably meant.
        mend: String,
    },
    /// The stage is not in a state for it.
    #[error("stage {stage:?} {why}")]
    Stage {
        /// Its name.
        stage: String,
        /// Why, and what would help.
        why: String,
    },
}
