//! The body of a request: who asks.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::context::{Context, TARGETING_KEY};
use crate::failure::ErrorCode;

/// Longest body that is read, in bytes. A context is some attributes of a user.
pub const LONGEST_BODY: usize = 64 << 10;

/// Why a request cannot be answered, whatever the flags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is too long.
    #[error("the body has {bytes} bytes, and {LONGEST_BODY} are the most")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is no JSON, or nested more than 127 deep.
    #[error("the body is no JSON: {0}")]
    NoJson(String),
    /// It is no object.
    #[error("the body is no object: send {{\"context\": {{\"targetingKey\": \"...\"}}}}")]
    NoObject,
    /// Its context is no object.
    #[error("context is no object: send {{\"targetingKey\": \"...\"}} and attributes")]
    NoContext,
    /// Its targeting key is no text.
    #[error("context.targetingKey is no text")]
    NoText,
}

impl Malformed {
    /// OpenFeature's code for it.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooLong { .. } => ErrorCode::General,
            Self::NoJson(_) | Self::NoObject => ErrorCode::ParseError,
            Self::NoContext | Self::NoText => ErrorCode::InvalidContext,
        }
    }

    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoJson(_) | Self::NoObject | Self::NoContext | Self::NoText => StatusCode::BAD_REQUEST,
        }
    }
}

/// The context of a body. The protocol requires one with a targeting key; providers leave either out where the program has none, so that is no
/// mistake until a rule needs it.
pub(super) fn context(body: &[u8]) -> Result<Context, Malformed> {
    if body.len() > LONGEST_BODY {
        return Err(Malformed::TooLong { bytes: body.len() });
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| Malformed::NoJson(error.to_string()))?;
    let Value::Object(mut fields) = body else { return Err(Malformed::NoObject) };
    let attributes = match fields.remove("context") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => return Err(Malformed::NoContext),
    };
    match attributes.get(TARGETING_KEY) {
        None | Some(Value::Null | Value::String(_)) => Ok(Context::new(attributes)),
        Some(_) => Err(Malformed::NoText),
    }
}
