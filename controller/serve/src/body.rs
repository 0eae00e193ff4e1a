//! The bytes of a request, whoever sends it: so many at most, within so long.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It has not come within this.
    #[error("the body did not come within {0:?}")]
    Late(Duration),
    /// Nothing of it has come for so long.
    #[error("nothing of the body came for {0:?}")]
    Silent(Duration),
    /// There is no room for it, since others have it.
    #[error("too much is being sent at once: send it again in a moment")]
    Crowded,
    /// It has more bytes than these.
    #[error("the body has more than {0} bytes: send less at once")]
    TooLarge(usize),
    /// It ended before its end, or is no body.
    #[error("the body cannot be read: {0}")]
    Broken(String),
}

impl BodyError {
    /// What the peer is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Late(_) | Self::Silent(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The whole body, of `largest` bytes at most, where it comes within `patience`.
pub async fn read(body: Incoming, largest: usize, patience: Duration) -> Result<Bytes, BodyError> {
    // Who says beforehand that it is too much need not send it.
    if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > largest {
        return Err(BodyError::TooLarge(largest));
    }
    let body = tokio::time::timeout(patience, Limited::new(body, largest).collect()).await;
    let body = body.map_err(|_late| BodyError::Late(patience))?.map_err(|error| {
        if error.is::<LengthLimitError>() {
            BodyError::TooLarge(largest)
        } else {
            BodyError::Broken(error.to_string())
        }
    })?;
    Ok(body.to_bytes())
}
