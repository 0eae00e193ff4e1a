//! Requests of one client that hyper reads: HTTP/2, and HTTP/1.1 where a listener asks for it.
//!
//! ```text
//! codec    hyper's heads as the rules see them
//! sending  a request that can be offered to one upstream after the other
//! upload   its body, for an upstream that speaks HTTP/2
//! answer   the upstream's head as hyper's
//! relay    the body of an answer; its end is the end of the measurement
//! body     the body of an upstream that speaks HTTP/1.1
//! visit    a request as its connection counts it
//! own      what the proxy says itself
//! ```

use std::convert::Infallible;
use std::rc::Rc;

use http::request::Parts;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use weir_http1::Length;
use weir_routing::Head;

pub(super) use self::codec::HeaderView;
pub(crate) use self::relay::Reply;
use self::sending::Sending;
pub(crate) use self::sending::{Http1, MOST_SPARE};
pub(crate) use self::upload::Upload;
use self::visit::Visit;
use super::choose::{self, Chosen, Unchosen};
use super::frames::Frames;
use super::outbound::Inbound;
use super::terms::{Terms, Told};
use super::{attempt, hyper::answer::Context};
use crate::client::link::Link;
use crate::clock::Deadline;
use crate::harden::{self, Checked, RawHead};

mod answer;
mod body;
mod codec;
mod own;
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
    let chosen = match choose(&visit.link, &raw, &checked, &headers, length) {
        Ok(chosen) => chosen,
        Err(Unchosen::Refused(refusal)) => return Ok(own::refusal(visit, refusal)),
        Err(Unchosen::Answered(instead)) => return Ok(own::instead(visit, *instead)),
    };
    let worker = Rc::clone(&visit.link.worker);
    visit.read_timeout = chosen.read_timeout(&worker);
    visit.slot = chosen.terms.as_ref().and_then(|terms| terms.slot.take());
    let answered = {
        let inbound = inbound(&visit.link, &parts, &raw, &checked, &chosen, length);
        let mut sending = Sending::new(&visit, &parts, &chosen, inbound, body);
        attempt::run(&worker, visit.started, &chosen, &mut sending).await
    };
    let terms = chosen.terms.as_deref();
    let context =
        Context { head: visit.head, upgrade: checked.upgrade.map(|upgrade| upgrade.0.to_vec()), terms };
    let fields = || terms.map(Terms::fields).unwrap_or_default();
    Ok(match answered {
        Err(failure) => own::failure(visit, failure, fields()),
        Ok(answered) => match answer::pass(visit, &context, answered) {
            Ok(response) => response,
            Err((visit, failure)) => own::failure(visit, failure, fields()),
        },
    })
}

fn choose(
    link: &Link,
    raw: &RawHead<'_>,
    checked: &Checked<'_>,
    headers: &HeaderView<'_>,
    body: Length,
) -> Result<Chosen, Unchosen> {
    let head = Head {
        method: raw.method,
        host: &checked.host,
        path: &checked.target.path,
        query: checked.target.query.as_deref(),
        headers,
        client: choose::client_of(link, headers),
    };
    choose::choose(link, &head, body)
}

fn inbound<'a>(
    link: &'a Link,
    parts: &'a Parts,
    raw: &RawHead<'a>,
    checked: &'a Checked<'a>,
    chosen: &'a Chosen,
    length: Length,
) -> Inbound<'a> {
    let Told { path, vhost, prefix, connection } = chosen.told();
    Inbound {
        link,
        method: raw.method,
        path: path.unwrap_or(&checked.target.path),
        query: checked.target.query.as_deref(),
        host: raw.authority.map(str::as_bytes).or_else(|| raw.headers.get("host")),
        vhost,
        prefix,
        headers: raw.headers,
        present: raw.present,
        length,
        says_empty: length == Length::None && parts.headers.contains_key(http::header::CONTENT_LENGTH),
        upgrade: checked.upgrade.map(|upgrade| upgrade.0),
        connection,
    }
}
