//! The upstream's head on its way to the client: framed anew, hop-by-hop fields removed, an upgrade only if it was asked for.

use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;

use super::attempt::Answered;
use super::codec::{self, HeaderView};
use super::outbound::Outbound;
use super::relay::{Reply, Upstream};
use super::visit::Visit;
use crate::client::Tunnel;
use crate::error::Failure;
use crate::harden::framing::{self, Framing};
use crate::harden::hop_by_hop;
use crate::record;

/// What the answer depends on besides the upstream.
pub(super) struct Context {
    head: bool,
    upgrade: Option<HeaderValue>,
    set_cookie: Option<HeaderValue>,
}

impl Context {
    /// Of this request.
    pub(super) fn of(outbound: &Outbound, set_cookie: Option<HeaderValue>) -> Self {
        Self { head: outbound.method == Method::HEAD, upgrade: outbound.upgrade.clone(), set_cookie }
    }
}

/// Passes the upstream's answer on. An answer that may not pass is the upstream's failure; the visit comes back for another one.
pub(super) fn pass(
    visit: Visit,
    context: Context,
    answered: Answered,
) -> Result<Response<Reply>, (Visit, Failure)> {
    let Answered { response, mut lease, measure, upload } = answered;
    let (parts, incoming) = response.into_parts();
    let (status, mut headers) = (parts.status, parts.headers);
    let framing = match check(&context, status, &headers) {
        Ok(framing) => framing,
        Err(failure) => {
            measure.end(failure.outcome());
            return Err((visit, failure));
        }
    };
    if let Some(value) = headers.get("keep-alive")
        && let Some(seconds) = hop_by_hop::keep_alive_seconds(value.as_bytes())
    {
        lease.limit_idle(Duration::from_secs(seconds));
    }
    clean(&mut headers, framing, keeps_length(&context, status));
    if let Some(cookie) = context.set_cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    let body = if status == StatusCode::SWITCHING_PROTOCOLS {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.extend(context.upgrade.map(|token| (header::UPGRADE, token)));
        let Some(tunnel) = tunnel(&visit, &mut lease, measure) else {
            return Err((visit, Failure::UnaskedUpgrade));
        };
        visit.link.set_tunnel(tunnel);
        Reply::empty(visit)
    } else {
        // A gRPC answer without a body has its status in the head.
        let outcome = match headers.get("grpc-status") {
            Some(grpc) if status == StatusCode::OK => record::outcome_of_grpc(grpc.as_bytes()),
            Some(_) | None => record::outcome_of(status.as_u16()),
        };
        let reusable = matches!(framing, Framing::Sound { .. });
        Reply::upstream(
            visit,
            Upstream { incoming, lease, measure, outcome, reusable, upload, waiting: false },
        )
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Whether an answer may pass, and how it is framed.
fn check(context: &Context, status: StatusCode, headers: &HeaderMap) -> Result<Framing, Failure> {
    let framing = framing::response(status.as_u16(), &HeaderView(headers))
        .map_err(|framing::Unframed| Failure::Garbage)?;
    if status == StatusCode::SWITCHING_PROTOCOLS && !agrees(context, headers) {
        return Err(Failure::UnaskedUpgrade);
    }
    Ok(framing)
}

/// Whether a 101 is to what the client asked for.
fn agrees(context: &Context, headers: &HeaderMap) -> bool {
    let Some(asked) = &context.upgrade else { return false };
    let mut answered = headers.get_all(header::UPGRADE).iter();
    let same = answered
        .next()
        .is_some_and(|token| token.as_bytes().trim_ascii().eq_ignore_ascii_case(asked.as_bytes()));
    same && answered.next().is_none()
}

/// The bytes after the 101. The request has ended for the counts and stays in flight.
fn tunnel(
    visit: &Visit,
    lease: &mut crate::upstream::Lease,
    measure: crate::record::Measure,
) -> Option<Tunnel> {
    let upstream = lease.take_over()?;
    let idle = visit.link.worker.clock.deadline();
    let idle_timeout = visit.link.worker.config.timeouts.response_body_timeout;
    Some(Tunnel { upstream, idle, idle_timeout, in_flight: measure.end_as_tunnel()? })
}

/// Whether the length in the head is not that of a body that follows: it is about the body that a GET would have got.
fn keeps_length(context: &Context, status: StatusCode) -> bool {
    context.head || status == StatusCode::NOT_MODIFIED
}

fn clean(headers: &mut HeaderMap, framing: Framing, keeps_length: bool) {
    codec::remove(headers, |name| {
        name == "content-length" || hop_by_hop::FIELDS.contains(&name) && name != "proxy-authenticate"
    });
    // For every other answer the codec writes the length that the body really has.
    if let (true, Framing::Sound { length: Some(length) }) = (keeps_length, framing) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// The response type of the codec below.
pub(super) type UpstreamResponse = Response<Incoming>;
