//! Why a call is refused, and with which status.

use http::StatusCode;
use jiff::SignedDuration;

use crate::provider::Provider;

/// Why a call is refused. No text has anything of a secret, or of a signature that would have been right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is too long; it was not hashed.
    #[error("the body has {bytes} bytes, {most} are the most: send less, such as fewer events of the hook")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// No trigger names a secret for such calls.
    #[error("there is no secret for calls of {0}: no trigger names one, or it is empty")]
    NoSecret(Provider),
    /// Nothing says that it is genuine.
    #[error(
        "the call is not signed: set a secret in the hook of the sender, which then sends the header {header}"
    )]
    Unsigned {
        /// What was looked for.
        header: &'static str,
    },
    /// The signature is no signature.
    #[error("the header {header} is no signature: {expected} is expected, once")]
    Malformed {
        /// The header.
        header: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// The signature is wrong.
    #[error(
        "the signature does not fit the body: the hook has another secret than the trigger, or somebody changed the call on its way"
    )]
    Forged,
    /// Its time is too far from ours.
    #[error(
        "the call was signed {age:#} from now, {window:#} is the most: it was sent again, or a clock is wrong"
    )]
    Stale {
        /// How far, into the past or the future.
        age: SignedDuration,
        /// The most.
        window: SignedDuration,
    },
    /// It was here before.
    #[error("delivery {0:?} was here before: nothing was started by it again")]
    AlreadySeen(String),
    /// More deliveries than can be remembered came within the time in which they must be.
    #[error(
        "too many deliveries came within minutes, and no more can be told from those that come again: send it again in {0:#}"
    )]
    Full(SignedDuration),
    /// A header that every call has is not there.
    #[error("the header {0} is missing, or there twice: the sender has to name its delivery and its event")]
    Header(&'static str),
    /// The body is not JSON by its header.
    #[error("the body is {0:?}: set the content type of the hook to application/json")]
    ContentType(String),
    /// The body cannot be read.
    #[error("the body cannot be read at {place}: {why}")]
    Unreadable {
        /// Line and column, or the field.
        place: String,
        /// Why.
        why: String,
    },
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSecret(_)
            | Self::Unsigned { .. }
            | Self::Malformed { .. }
            | Self::Forged
            | Self::Stale { .. } => StatusCode::UNAUTHORIZED,
            Self::AlreadySeen(_) => StatusCode::CONFLICT,
            Self::Full(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Header(_) | Self::ContentType(_) | Self::Unreadable { .. } => StatusCode::BAD_REQUEST,
        }
    }
}
