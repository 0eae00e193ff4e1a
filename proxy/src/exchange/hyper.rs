//! Requests of one client that hyper reads: HTTP/2, and HTTP/1.1 where a listener asks for it.
//!
//! ```text
//! codec    hyper's heads as the rules see them
//! sending  a request that can be offered to one upstream after the other
//! client   whose body it is, for an upstream that speaks HTTP/1.1
//! upload   its body, for an upstream that speaks HTTP/2
//! answer   the upstream's head as hyper's
//! relay    the body of an answer; its end is the end of the measurement
//! body     the body of an upstream that speaks HTTP/1.1
//! pacing   a body that is held back
//! visit    a request as its connection counts it
//! own      what the proxy says itself
//! ```

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

use http::request::Parts;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use weir_http1::Length;

pub(super) use self::codec::HeaderView;
pub(crate) use self::relay::Reply;
use self::sending::Sending;
pub(crate) use self::sending::{Http1, MOST_SPARE};
pub(crate) use self::upload::Upload;
use self::visit::Visit;
use super::choose::{self, Unchosen};
use super::frames::Frames;
use super::outbound::{Gathered, Inbound};
use super::told::Told;
use super::{admit, attempt, hyper::answer::Context};
use crate::client::link::Link;
use crate::clock::Deadline;
use crate::error::Failure;
use crate::harden::{self, Checked, RawHead};

mod answer;
mod body;
mod client;
mod codec;
mod own;
mod pacing;
mod relay;
mod sending;
mod upload;
mod visit;

/// Answers one request. `deadline` is its own until it has ended; on HTTP/2 it also ends its stream when the client takes nothing.
pub(crate) async fn respond(
    link: Rc<Link>,
    deadline: Rc<Deadline>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let mut visit = Visit::begin(link, deadline);
    visit.head = request.method() == Method::HEAD;
    let (parts, body) = request.into_parts();
    let headers = HeaderView(&parts.headers);
    let raw = codec::raw_head(&parts, &headers);
    let checked = match harden::check(&raw) {
        Ok(checked) if checked.target.path == "*" => return Ok(own::options(visit)),
        Ok(checked) => checked,
        Err(refusal) => return Ok(own::refusal(visit, refusal)),
    };
    let length = Frames::length_of(&body);
    let head = choose::head(&visit.link, &raw, &checked);
    let worker = Rc::clone(&visit.link.worker);
    let mut admitted = None;
    let chosen = loop {
        match choose::choose(&visit.link, &head, (raw.authority, length), admitted.take()) {
            Ok(chosen) => break chosen,
            Err(Unchosen::Refused(refusal)) => return Ok(own::refusal(visit, refusal)),
            Err(Unchosen::Answered(instead)) => return Ok(own::instead(visit, *instead)),
            Err(Unchosen::Guarded(guarded)) => {
                let question = guarded.has_question().then(|| question(&visit.link, &parts, &raw, &checked));
                match Box::pin(admit::ask(&worker, *guarded, question)).await {
                    Ok(found) => admitted = Some(found),
                    Err(instead) => return Ok(own::instead(visit, *instead)),
                }
            }
        }
    };
    visit.read_timeout = chosen.read_timeout(&worker);
    visit.slot = chosen.terms.as_ref().and_then(|terms| terms.slot.take());
    let answered = {
        let inbound = Inbound::of(&visit.link, &raw, &checked, length, chosen.told());
        let mut sending = Sending::new(&visit, &parts, &chosen, &inbound, body);
        attempt::run(&worker, visit.started, &chosen, &mut sending).await
    };
    let terms = chosen.terms.as_deref();
    let context = Context {
        head: visit.head,
        upgrade: checked.upgrade.map(|upgrade| upgrade.0.to_vec()),
        pacer: Cell::new(chosen.pacer(&worker)),
        terms,
    };
    let fields = |failure: Failure| {
        terms.map(|terms| terms.fields_of_failure(failure.status().as_u16())).unwrap_or_default()
    };
    Ok(match answered {
        Err(failure) => match chosen.take_denial() {
            Some(denial) => own::instead(visit, *denial),
            None => own::failure(visit, failure, fields(failure)),
        },
        Ok(answered) => match answer::pass(visit, &context, answered) {
            Ok(response) => response,
            Err((visit, failure)) => own::failure(visit, failure, fields(failure)),
        },
    })
}

/// The head that a server is shown which is asked about the request: without a body, and not changing protocols.
fn question(link: &Link, parts: &Parts, raw: &RawHead<'_>, checked: &Checked<'_>) -> Gathered {
    let inbound = Inbound::of(link, raw, checked, Length::None, Told::default()).as_question();
    Gathered::of(&inbound, codec::fields(parts))
}
