//! Why there is no value.

use std::fmt;

/// OpenFeature's codes, as far as the protocol has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// Nobody has such a flag.
    FlagNotFound,
    /// The request cannot be read, or the flag could not.
    ParseError,
    /// A user was to be told from others, and the context does not say who it is.
    TargetingKeyMissing,
    /// The context has something that it cannot have.
    InvalidContext,
    /// Anything else.
    General,
}

impl ErrorCode {
    /// The code, as answers have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::InvalidContext => "INVALID_CONTEXT",
            Self::General => "GENERAL",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a flag has no value for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure<'f> {
    /// There is no such flag.
    #[error("no FeatureFlag has this key")]
    NotFound,
    /// There is one, and it has problems.
    #[error("{0}")]
    Broken(&'f str),
    /// A rule divides users, and the context has no text as its targeting key.
    #[error("{rule} divides users by their targetingKey, and the context has none")]
    TargetingKeyMissing {
        /// The rule.
        rule: &'f str,
    },
    /// A rule divides users by another attribute, and it is missing or nothing that users could be told apart by.
    #[error(
        "{rule} divides users by {by}, which has to be a text or a number, and is not in the context or neither"
    )]
    NoKey {
        /// The rule.
        rule: &'f str,
        /// The attribute.
        by: &'f str,
    },
}

impl Failure<'_> {
    /// OpenFeature's code for it.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::FlagNotFound,
            Self::Broken(_) => ErrorCode::ParseError,
            Self::TargetingKeyMissing { .. } => ErrorCode::TargetingKeyMissing,
            Self::NoKey { .. } => ErrorCode::InvalidContext,
        }
    }
}
