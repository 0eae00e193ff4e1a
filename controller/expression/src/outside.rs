//! What an expression may ask that is not in its scope: a shell answers, this crate does no I/O.

use std::fmt;

use serde_json::Value;

use crate::address::Address;

/// A question to the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question<'q> {
    /// `#deployedServerGroups(..)`: what the stages deployed, all of them where none is named. The answer is a list of objects.
    ServerGroups {
        /// Names or ids of stages that are there.
        stages: &'q [&'q str],
    },
    /// `#pipelineId(..)`, `#pipelineIdInApplication(..)`. The answer is a text.
    PipelineId {
        /// Its name.
        name: &'q str,
        /// Whose it is; `None`: of the application of this run.
        application: Option<&'q str>,
    },
    /// `#canaryConfigNameToId(..)`. The answer is a text.
    CanaryConfigId {
        /// Its name.
        name: &'q str,
        /// Whose it is; `None`: of the application of this run.
        application: Option<&'q str>,
    },
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Nobody answers such questions here.
    NotHere,
    /// It was asked and failed, or there is no such thing.
    Failed(String),
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere => f.write_str("not available here: compute it in a stage before this one"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Whoever answers. Every answer is no answer by default.
///
/// An evaluation waits for it, so a shell that asks over a network has a thread for it, and its own deadline. A scope may be looked at
/// by several threads, and so may whoever answers.
pub trait Outside: Sync {
    /// Answers a question.
    ///
    /// # Errors
    /// Nobody knows here, or asking failed.
    fn answer(&self, _question: &Question<'_>) -> Result<Value, Absence> {
        Err(Absence::NotHere)
    }

    /// The text behind an address that passed [`Address::parse`]. Who follows redirects parses each new address, and asks
    /// [`crate::Reach::allows`] about each network address that a host name leads to.
    ///
    /// # Errors
    /// There is no way there, or the answer is none.
    fn fetch(&self, _address: &Address) -> Result<String, Absence> {
        Err(Absence::NotHere)
    }
}

/// Nobody: every question is refused with that reason.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Outside for Nobody {}
