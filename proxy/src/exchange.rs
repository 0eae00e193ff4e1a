//! One request, from its head to the last byte of the answer. Read it top down:
//!
//! ```text
//! check     harden: what the request must be                     refusal -> respond
//! choose    host, path -> route -> track                         one load of the table, no name looked up
//! outbound  the head for the upstream: forwarded, hop by hop
//! attempt   endpoint, connection, send; again elsewhere; rescue  failure -> respond
//! answer    the upstream's head: framing, upgrade, hop by hop
//! relay     the upstream's body; its end is the end of the measurement
//! ```
//! `codec` is the boundary to hyper's heads: checks, routing and recording see borrowed views ([`weir_routing::Head`]) and plain values, so
//! that another codec can stand beside hyper's. Upload and relay are the bodies, in either direction.

use std::convert::Infallible;
use std::rc::Rc;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;
use weir_routing::Head;

use self::choose::Chosen;
use self::codec::HeaderView;
use self::outbound::Outbound;
pub(crate) use self::relay::Reply;
pub(crate) use self::upload::Upload;
use self::visit::Visit;
use crate::client::link::Link;
use crate::clock::Deadline;
use crate::error::Refusal;
use crate::{forwarded, harden};

mod answer;
mod attempt;
mod choose;
mod codec;
mod outbound;
mod relay;
mod respond;
mod upload;
mod visit;

/// Answers one request. `deadline` is its own until it has ended; on HTTP/2 it also ends its stream when the client takes nothing.
pub(crate) async fn respond(
    link: Rc<Link>,
    deadline: Rc<Deadline>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let mut visit = Visit::begin(link, deadline);
    visit.head = request.method() == http::Method::HEAD;
    let (parts, body) = request.into_parts();
    let begun = match begin(&visit, parts, body) {
        Ok(begun) => begun,
        Err(refusal) => return Ok(respond::refusal(visit, refusal)),
    };
    let Some((chosen, outbound)) = begun else { return Ok(respond::options(visit)) };
    let context = answer::Context::of(&outbound, chosen.set_cookie.clone());
    let answered = match attempt::run(&visit, chosen, outbound).await {
        Ok(answered) => answered,
        Err(failure) => return Ok(respond::failure(visit, failure)),
    };
    Ok(match answer::pass(visit, context, answered) {
        Ok(response) => response,
        Err((visit, failure)) => respond::failure(visit, failure),
    })
}

/// Everything before the first wait: check, choose, and the head for the upstream. `None`: `OPTIONS *`, which is about the proxy itself.
fn begin(visit: &Visit, parts: Parts, body: Incoming) -> Result<Option<(Chosen, Outbound)>, Refusal> {
    let link = &visit.link;
    let headers = HeaderView(&parts.headers);
    let raw = codec::raw_head(&parts, &headers);
    let checked = harden::check(&raw)?;
    if checked.target.path == "*" {
        return Ok(None);
    }
    let trusts = |address| link.worker.config.trust_forwarded.iter().any(|network| network.contains(address));
    let behind = if link.trusted { forwarded::client_behind(&headers, trusts) } else { None };
    let head = Head {
        method: raw.method,
        host: &checked.host,
        path: &checked.target.path,
        query: checked.target.query.as_deref(),
        headers: &headers,
        client: behind.unwrap_or(link.client),
    };
    let chosen = choose::choose(link, &head)?;
    let plan = outbound::Plan::of(link, &parts, &checked, &chosen)?;
    Ok(Some((chosen, plan.apply(link, parts, body))))
}

/// The time since which a request's own time counts.
fn now() -> Instant {
    Instant::now()
}
