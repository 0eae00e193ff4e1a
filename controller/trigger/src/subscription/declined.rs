//! Why a trigger does not want an event.

use crate::definition::Happening;

/// Why a trigger does not want an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// It is switched off.
    #[error("the trigger is not enabled")]
    Disabled,
    /// It listens to something else.
    #[error("the trigger listens to something else")]
    Elsewhere,
    /// The call is genuine, but signed with a secret that this trigger does not trust.
    #[error("the call is not signed with the trigger's secret {0:?}")]
    Signature(String),
    /// The branch or tag is gone: there is nothing to run.
    #[error("{0:?} was deleted")]
    Deleted(String),
    /// Not of the trigger's `events`.
    #[error("the trigger does not listen to {0:?} events")]
    Happening(Happening),
    /// Its name matches none of the globs.
    #[error("{0:?} matches none of the trigger's globs")]
    Name(String),
    /// No changed file matches one of the globs.
    #[error("none of the {0} changed files matches one of the trigger's paths")]
    Paths(usize),
    /// The author wants no run.
    #[error("the commit's message says [skip ci]")]
    Skipped,
    /// The code is anybody's.
    #[error("the pull request is from a fork, and the trigger does not take these (`forks: true`)")]
    Fork,
    /// The body does not have what is asked for.
    #[error("nothing at {path} in the body matches {pattern:?}")]
    Payload {
        /// The JSONPath.
        path: String,
        /// The regular expression.
        pattern: String,
    },
    /// The build or run ended in another way.
    #[error("it did not end as the trigger wants it to")]
    Ending,
}
