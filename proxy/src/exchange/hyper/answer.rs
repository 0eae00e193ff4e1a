//! The upstream's head on its way to the client: framed anew, hop-by-hop fields removed, an upgrade only if it was asked for.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use weir_http1::Name;
use weir_http1::length::ResponseLength;

use super::body::Http1Body;
use super::codec::{self, HeaderView};
use super::pacing::Pacing;
use super::relay::{Http2Body, Reply, Upstream, UpstreamBody};
use super::sending::{Answer, Http1};
use super::visit::Visit;
use crate::client::Tunnel;
use crate::error::Failure;
use crate::exchange::attempt::Answered;
use crate::exchange::pace::Pacer;
use crate::exchange::terms::Terms;
use crate::exchange::view::View;
use crate::harden::framing::{self, Framing};
use crate::harden::{Present, hop_by_hop};
use crate::record::{self, Measure};
use crate::upstream::Lease;

/// What the answer depends on besides the upstream.
pub(super) struct Context<'t> {
    pub(super) head: bool,
    /// The protocol that the client asks to change to.
    pub(super) upgrade: Option<Vec<u8>>,
    /// What holds the answer back.
    pub(super) pacer: Cell<Option<Box<Pacer>>>,
    /// What its route asks for.
    pub(super) terms: Option<&'t Terms>,
}

/// Passes the upstream's answer on. An answer that may not pass is the upstream's failure; the visit comes back for another one.
pub(super) fn pass(
    visit: Visit,
    context: &Context<'_>,
    answered: Answered<Answer>,
) -> Result<Response<Reply>, (Visit, Failure)> {
    let Answered { answer, lease, measure } = answered;
    match answer {
        Answer::Http1(http1) => pass_http1(visit, context, http1, lease, measure),
        Answer::Http2(response, upload) => {
            let (parts, incoming) = response.into_parts();
            let framing = match framing::response(parts.status.as_u16(), &HeaderView(&parts.headers)) {
                Ok(framing) if parts.status != StatusCode::SWITCHING_PROTOCOLS => framing,
                Ok(_) => return Err((visit, failed(measure, Failure::UnaskedUpgrade))),
                Err(framing::Unframed) => return Err((visit, failed(measure, Failure::Garbage))),
            };
            let mut headers = parts.headers;
            codec::remove(&mut headers, |name| hop_by_hop::ends_here(Name::of(name.as_bytes())));
            if let (true, Framing::Sound { length: Some(length) }) =
                (keeps_length(context, parts.status), framing)
            {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            let body = Http2Body { incoming, lease, upload, waiting: false, grpc_outcome: None };
            Ok(respond(visit, context, parts.status, headers, UpstreamBody::Http2(body), measure))
        }
    }
}

fn failed(measure: Measure, failure: Failure) -> Failure {
    measure.end(failure.outcome());
    failure
}

fn pass_http1(
    visit: Visit,
    context: &Context<'_>,
    http1: Box<Http1>,
    mut lease: Lease,
    measure: Measure,
) -> Result<Response<Reply>, (Visit, Failure)> {
    let response = &http1.work.response;
    let head = http1.work.from_upstream.kept();
    let length = response.length;
    let switches = response.status == 101;
    let Ok(status) = StatusCode::from_u16(response.status) else {
        return Err((visit, failed(measure, Failure::Garbage)));
    };
    let mut headers = passing(&http1, head);
    if let Some(seconds) = response.fields.get(head, Name::KeepAlive).and_then(hop_by_hop::keep_alive_seconds)
    {
        lease.limit_idle(Duration::from_secs(seconds));
    }
    let answered = {
        let mut tokens = response.fields.values(head, Name::Upgrade);
        match (tokens.next(), tokens.next(), context.upgrade.as_deref()) {
            (Some(token), None, Some(asked)) => token.eq_ignore_ascii_case(asked),
            _ => false,
        }
    };
    if switches && !answered {
        return Err((visit, failed(measure, Failure::UnaskedUpgrade)));
    }
    if switches {
        return Ok(switch(visit, context, headers, http1, lease, measure));
    }
    if let (true, Some(length)) = (keeps_length(context, status), length.declared) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let ResponseLength { body, doubtful, .. } = length;
    let mut http1 = http1;
    http1.work.from_upstream.release();
    let reusable = !doubtful && !context.terms.is_some_and(Terms::closes_upstream);
    let body = UpstreamBody::Http1(Http1Body::new(http1, lease, body), reusable);
    Ok(respond(visit, context, status, headers, body, measure))
}

/// The fields that pass. For most answers the codec writes the length that the body really has.
fn passing(http1: &Http1, head: &[u8]) -> HeaderMap {
    let response = &http1.work.response;
    let headers = View { fields: &response.fields, head };
    let named = hop_by_hop::Named::of(&headers, Present::of(&response.fields));
    let mut passing = HeaderMap::with_capacity(response.fields.len() + 2);
    for field in response.fields.iter(head) {
        if hop_by_hop::ends_here(field.known) || named.has(field.name) {
            continue;
        }
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(field.name), HeaderValue::from_bytes(field.value))
        {
            passing.append(name, value);
        }
    }
    passing
}

fn respond(
    visit: Visit,
    context: &Context<'_>,
    status: StatusCode,
    mut headers: HeaderMap,
    body: UpstreamBody,
    measure: Measure,
) -> Response<Reply> {
    // A gRPC answer without a body has its status in the head.
    let outcome = match headers.get("grpc-status") {
        Some(grpc) if status == StatusCode::OK => record::outcome_of_grpc(grpc.as_bytes()),
        Some(_) | None => record::outcome_of(status.as_u16()),
    };
    if let Some(terms) = context.terms {
        for (name, value) in terms.edits().map(|_| headers.iter_mut()).into_iter().flatten() {
            let edited = terms.edits().and_then(|edits| edits.of(name.as_str().as_bytes(), value.as_bytes()));
            if let Some(Ok(edited)) = edited.as_deref().map(HeaderValue::from_bytes) {
                *value = edited;
            }
        }
        for (name, value) in terms.fields() {
            headers.insert(name, value);
        }
        for cookie in terms.cookies(status.as_u16()) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    let pacing = context.pacer.take().map(|pacer| Box::new(Pacing::new(pacer)));
    let mut response = Response::new(Reply::upstream(visit, Upstream { body, measure, outcome, pacing }));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Passes a 101 on; bytes both ways begin when it is out. The request has ended for the counts and stays in flight.
fn switch(
    mut visit: Visit,
    context: &Context<'_>,
    mut headers: HeaderMap,
    http1: Box<Http1>,
    mut lease: Lease,
    measure: Measure,
) -> Response<Reply> {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if let Some(Ok(token)) = context.upgrade.as_deref().map(HeaderValue::from_bytes) {
        headers.insert(header::UPGRADE, token);
    }
    let worker = &Rc::clone(&visit.link.worker);
    if let (Some(upstream), Some(in_flight)) = (lease.take_over(), measure.end_as_tunnel()) {
        let read = http1.work.from_upstream.filled();
        visit.link.set_tunnel(Tunnel::new(
            worker,
            upstream,
            read,
            in_flight,
            visit.read_timeout,
            visit.slot.take(),
        ));
    }
    worker.spare.give_back(http1.cleared());
    let mut response = Response::new(Reply::empty(visit));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = headers;
    response
}

/// Whether the length in the head is not that of a body that follows: it is about the body that a GET would have got.
fn keeps_length(context: &Context<'_>, status: StatusCode) -> bool {
    context.head || status == StatusCode::NOT_MODIFIED
}
