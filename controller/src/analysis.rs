//! Analyses: series of a canary and of its control, judged by a canary config, once or at intervals.
//!
//! ```text
//! sides      what is compared with what, and where it is measured
//! gather     the series of a window, from their sources        I/O
//! execution  one window: gather, pair, judge
//! run        one window after another, until it is decided     waits
//! report     what it came to, for programs                       pure
//! instant    the clock that it goes by
//! ```

mod execution;
mod gather;
pub mod instant;
mod report;
mod run;
mod sides;

pub use execution::{Execution, Measurement, Samples};
pub use report::report;
pub(crate) use report::{request, result};
pub use run::{Analysed, Progress, run};
pub use sides::{Compared, Place, Times, scope_of};

use weir_judge::kayenta::pairing::PairingError;
use weir_judge::netflix::config::ConfigError;

use crate::sources::SourceError;

/// Why a window has no judgement. It says nothing about the canary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// A source has no answer.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What it answers cannot be compared.
    #[error(transparent)]
    Pairing(#[from] PairingError),
    /// The config cannot be judged by.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A metric is measured where nobody said.
    #[error("metrics[{number}].scopeName is {name:?}, and the request has no such scope: it has {known}")]
    Scope {
        /// Which metric.
        number: usize,
        /// Its scope.
        name: String,
        /// Those there are.
        known: String,
    },
}

impl AnalysisError {
    /// Whether asking again later may help, where nothing is changed.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Source(SourceError::Unreachable { .. }))
    }
}
