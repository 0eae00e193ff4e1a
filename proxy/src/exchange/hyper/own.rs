//! Answers of the proxy's own: one sentence that says what is wrong.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use super::relay::Reply;
use super::visit::Visit;
use crate::error::{Failure, Refusal};
use crate::exchange::respond::{self, Instead};

/// The answer to a request that no route was asked for.
pub(super) fn refusal(visit: Visit, refusal: Refusal) -> Response<Reply> {
    visit.link.worker.counters.refusal(refusal);
    let mut response = sentence(visit, refusal.status(), &refusal, refusal.closes());
    if refusal == Refusal::MethodNotAllowed {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(respond::ALLOWED));
    }
    response
}

/// The answer of a route's policy.
pub(super) fn instead(visit: Visit, instead: Instead) -> Response<Reply> {
    let Instead { status, fields, body } = instead;
    let mut response = said(visit, status, body, false);
    add(&mut response, fields);
    response
}

/// The answer to a request that no upstream answered, with these fields besides.
pub(super) fn failure(
    visit: Visit,
    failure: Failure,
    fields: Vec<(HeaderName, HeaderValue)>,
) -> Response<Reply> {
    let mut response = sentence(visit, failure.status(), &failure, failure.closes());
    add(&mut response, fields);
    response
}

/// Adds fields, in the place of those that are there, but for two kinds of which an answer may have several.
fn add(response: &mut Response<Reply>, fields: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in fields {
        if name == header::SET_COOKIE || name == header::WWW_AUTHENTICATE {
            response.headers_mut().append(name, value);
        } else {
            response.headers_mut().insert(name, value);
        }
    }
}

/// The answer to `OPTIONS *`.
pub(super) fn options(visit: Visit) -> Response<Reply> {
    let mut response = Response::new(Reply::empty(visit));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(respond::ALLOWED));
    response
}

fn sentence(visit: Visit, status: StatusCode, why: &dyn std::fmt::Display, closes: bool) -> Response<Reply> {
    said(visit, status, respond::sentence(status, why).into(), closes)
}

fn said(visit: Visit, status: StatusCode, body: Bytes, closes: bool) -> Response<Reply> {
    let closes = closes && !visit.link.is_multiplexed();
    let (is_empty, length) = (body.is_empty(), HeaderValue::from(body.len()));
    let mut response = Response::new(Reply::text(visit, body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if !is_empty {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(respond::TEXT));
    }
    headers.insert(header::CONTENT_LENGTH, length);
    if closes {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
