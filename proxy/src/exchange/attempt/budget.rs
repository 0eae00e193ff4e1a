//! How many attempts a request has left on one track.

use crate::config::RetryArgs;

/// How many attempts a request has left on one track.
pub(super) enum Budget {
    /// Its route says how many, whatever fails.
    All(u32),
    /// Those after a connection that was not made, and those after a request that got no answer.
    Each { connects: u32, repeats: u32 },
}

impl Budget {
    /// `further`: what its route says, if anything.
    pub(super) fn of(further: Option<u32>, retry: &RetryArgs) -> Self {
        match further {
            Some(further) => Self::All(further),
            None => Self::Each { connects: retry.connect_retries, repeats: 1 },
        }
    }

    /// Takes an attempt after a connection that was not made; whether there was one.
    pub(super) fn connect(&mut self) -> bool {
        match self {
            Self::All(left) | Self::Each { connects: left, repeats: _ } => take(left),
        }
    }

    /// Takes an attempt after a request that got no answer, or none that is passed on; whether there was one.
    pub(super) fn repeat(&mut self) -> bool {
        match self {
            Self::All(left) | Self::Each { connects: _, repeats: left } => take(left),
        }
    }
}

fn take(left: &mut u32) -> bool {
    let is_there = *left > 0;
    *left = left.saturating_sub(1);
    is_there
}
