//! How one request ended, as its client saw it.

use std::fmt;

/// Every ending of a request that was given to a connection. What was never given to one is `unsent`, which is no ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A whole answer with status 2xx.
    Success,
    /// A whole answer with status 3xx.
    Redirect,
    /// A whole answer with status 4xx.
    ClientError,
    /// A whole answer with status 5xx.
    ServerError,
    /// No connection could be made.
    ConnectFailed,
    /// No whole answer within the time allowed, counted from the intended start.
    Timeout,
    /// The connection or stream closed before the head of an answer.
    Reset,
    /// The connection or stream closed between the head and the end of the body.
    Truncated,
    /// What came was not HTTP, or a status outside 200 to 599.
    Malformed,
}

impl Outcome {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Redirect,
        Self::ClientError,
        Self::ServerError,
        Self::ConnectFailed,
        Self::Timeout,
        Self::Reset,
        Self::Truncated,
        Self::Malformed,
    ];

    /// The outcome of a whole answer.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..300 => Self::Success,
            300..400 => Self::Redirect,
            400..500 => Self::ClientError,
            500..600 => Self::ServerError,
            _ => Self::Malformed,
        }
    }

    /// Its name in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::ConnectFailed => "connect",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
        }
    }

    /// Whether a user would say that it did not work.
    pub(crate) fn is_error(self) -> bool {
        !matches!(self, Self::Success | Self::Redirect)
    }

    /// Whether there was a whole answer.
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Success | Self::Redirect | Self::ClientError | Self::ServerError)
    }

    /// Whether its time says something about the server: whole answers do, and timeouts as a lower bound. A connection that failed
    /// at once would only make percentiles look better.
    pub(crate) fn is_timed(self) -> bool {
        self.is_whole() || self == Self::Timeout
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts by [`Outcome`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes([u64; Outcome::ALL.len()]);

impl Outcomes {
    /// One more.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        for (count, candidate) in self.0.iter_mut().zip(Outcome::ALL) {
            *count += u64::from(candidate == outcome);
        }
    }

    /// All of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Each outcome with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.into_iter().zip(self.0)
    }

    /// All requests.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those that are errors.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.iter().filter(|(outcome, _)| outcome.is_error()).map(|(_, count)| count).sum()
    }
}
