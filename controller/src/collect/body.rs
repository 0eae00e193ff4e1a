//! The bytes of a request, within limits.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

/// Largest body, before and after it is unpacked, bytes.
const LARGEST: usize = 4 << 20;
/// Longest that a body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is none.
pub(super) type Refused = (StatusCode, String);

/// The whole body, unpacked.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refused> {
    let body = tokio::time::timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await;
    let late = |_| (StatusCode::REQUEST_TIMEOUT, format!("the body did not come within {PATIENCE:?}"));
    let body = body.map_err(late)?.map_err(|error| {
        let is_large = error.is::<http_body_util::LengthLimitError>();
        let status = if is_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
        (status, if is_large { too_large() } else { format!("the body cannot be read: {error}") })
    })?;
    let body = body.to_bytes();
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
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

fn unpacked(packed: &[u8]) -> Result<Bytes, Refused> {
    let mut body = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut body);
    read.map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is no gzip: {error}")))?;
    if body.len() > LARGEST { Err((StatusCode::PAYLOAD_TOO_LARGE, too_large())) } else { Ok(body.into()) }
}

fn too_large() -> String {
    format!("the body has more than {LARGEST} bytes: send less at once")
}
