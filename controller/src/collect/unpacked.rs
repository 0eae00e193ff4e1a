//! The bytes of a request, unpacked, within limits.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::body::Incoming;

use weir_serve::body::{self, BodyError};

/// Largest body, before and after it is unpacked, bytes.
const LARGEST: usize = 4 << 20;
/// Longest that it may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is none.
pub(super) type Refused = (StatusCode, String);

/// The whole body, unpacked.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refused> {
    let body = body::read(body, LARGEST, PATIENCE).await.map_err(|error| refused(&error))?;
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(body),
        Some(b"gzip") => unpacked(&body),
        Some(other) => {
            let other = String::from_utf8_lossy(other);
            Err((
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("Content-Encoding: {other}: send gzip, or none"),
            ))
        }
    }
}

fn refused(error: &BodyError) -> Refused {
    (error.status(), error.to_string())
}

fn unpacked(packed: &[u8]) -> Result<Bytes, Refused> {
    let mut body = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut body);
    read.map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is no gzip: {error}")))?;
    if body.len() > LARGEST { Err(refused(&BodyError::TooLarge(LARGEST))) } else { Ok(body.into()) }
}
