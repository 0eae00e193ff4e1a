//! Answers, and the forms of those that only the caller can decide on.

use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::body::Problem;
use super::etag::Tag;

/// An answer with its whole body.
pub type Answer = Response<Vec<u8>>;

/// 401: there are no credentials, or none that are known.
#[must_use]
pub fn unauthorized() -> Answer {
    let mut answer = empty(StatusCode::UNAUTHORIZED);
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

/// 403: these credentials are for something else.
#[must_use]
pub fn forbidden() -> Answer {
    empty(StatusCode::FORBIDDEN)
}

/// 429: ask again after this time. In seconds, which every provider reads; of dates some read only HTTP's, and some only ISO 8601's.
#[must_use]
pub fn too_many_requests(retry_after: Duration) -> Answer {
    let mut answer = empty(StatusCode::TOO_MANY_REQUESTS);
    let begun = u64::from(retry_after.subsec_nanos() > 0);
    let seconds = retry_after.as_secs().saturating_add(begun).max(1);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// `generalErrorResponse`.
#[derive(Serialize)]
struct General {
    #[serde(rename = "errorDetails")]
    details: &'static str,
}

pub(super) fn not_found() -> Answer {
    json(
        StatusCode::NOT_FOUND,
        &General {
            details: "this is no path of OFREP: POST /ofrep/v1/evaluate/flags or /ofrep/v1/evaluate/flags/{key}",
        },
    )
}

pub(super) fn method_not_allowed() -> Answer {
    let mut answer =
        json(StatusCode::METHOD_NOT_ALLOWED, &General { details: "flags are evaluated with POST" });
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    answer
}

pub(super) fn refused(problem: &Problem<'_>, status: StatusCode) -> Answer {
    json(status, problem)
}

pub(super) fn not_modified(tag: &Tag) -> Answer {
    let mut answer = empty(StatusCode::NOT_MODIFIED);
    answer.headers_mut().extend(tag.value().map(|value| (ETAG, value)));
    answer
}

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Keys are texts and a Vec takes everything, so this does not fail; an empty body would be seen.
    let mut answer = Response::new(serde_json::to_vec(body).unwrap_or_default());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status;
    answer
}
