//! The OpenFeature Remote Evaluation Protocol, version 0.3.0: a request in, an answer out.
//!
//! ```text
//! POST /ofrep/v1/evaluate/flags/{key}   one flag      200, 400, 404
//! POST /ofrep/v1/evaluate/flags         all of them   200 with ETag, 304, 400
//! ```
//! 401, 403 and 429 are the caller's to decide; [`answer`](mod@answer) has their form. `GET /ofrep/v1/configuration` left the protocol with 0.2.0.
//! Source: the OpenAPI document of open-feature/protocol (`service/openapi.yaml`, Apache-2.0).

pub mod answer;
mod body;
mod etag;
mod request;

use std::borrow::Cow;

use http::{HeaderMap, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

use crate::flags::Flags;
use crate::followed::Followed;
use crate::release::Release;
use answer::{Answer, json, method_not_allowed, not_modified, refused};
use body::{Entries, Entry, Problem};

pub use request::{LONGEST_BODY, Malformed};

const ALL: &str = "/ofrep/v1/evaluate/flags";

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path as it was sent, with a query or without.
    pub path: &'r str,
    /// The headers; only `If-None-Match` is looked at.
    pub headers: &'r HeaderMap,
    /// The whole body, at most [`LONGEST_BODY`] bytes.
    pub body: &'r [u8],
}

/// Whether a path is one of the protocol's.
#[must_use]
pub fn serves(path: &str) -> bool {
    asked(path).is_some()
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'p> {
    All,
    /// The flag of this key. Keys with a `/` are sent as `%2F`; one that was not escaped is taken as it is.
    One(Cow<'p, str>),
}

fn asked(path: &str) -> Option<Asked<'_>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match path.strip_prefix(ALL)? {
        "" => Some(Asked::All),
        rest => Some(Asked::One(percent_decode_str(rest.strip_prefix('/')?).decode_utf8_lossy())),
    }
}

/// Answers a request. `release` tells where the release of a Canary is at this moment, as for [`evaluate`](fn@crate::evaluate).
pub fn answer<R: Fn(&Followed) -> Option<Release>>(
    flags: &Flags,
    request: Request<'_>,
    release: R,
) -> Answer {
    let Some(asked) = asked(request.path) else { return answer::not_found() };
    if request.method != Method::POST {
        return method_not_allowed();
    }
    let context = request::context(request.body);
    let (key, context) = match (asked, context) {
        (Asked::One(key), Ok(context)) => (key, context),
        (Asked::All, Ok(context)) => {
            let answers =
                || flags.evaluate_all(&context, &release).map(|(key, result)| Entry { key, result });
            return all(json(StatusCode::OK, &Entries(answers)), request.headers);
        }
        (asked, Err(malformed)) => {
            let key = match &asked {
                Asked::One(key) => Some(&**key),
                Asked::All => None,
            };
            return refused(&Problem { key, malformed: &malformed }, malformed.status());
        }
    };
    let result = flags.evaluate(&key, &context, release);
    let status = match result {
        Ok(_) => StatusCode::OK,
        Err(crate::Failure::NotFound) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::BAD_REQUEST,
    };
    json(status, &Entry { key: &key, result })
}

/// The tag is that of the bytes: it changes when the answer does, whatever the cause, and only then.
fn all(mut whole: Answer, headers: &HeaderMap) -> Answer {
    let tag = etag::of(whole.body());
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|known| etag::is_known(&tag, known.as_bytes())) {
        return not_modified(&tag);
    }
    whole.headers_mut().extend(tag.value().map(|value| (header::ETAG, value)));
    whole
}
