//! Requests of one HTTP/1.1 client, read by our own codec: one after the other, both sides driven by one task.
//!
//! ```text
//! intake   bytes -> head                                     refusal -> own
//! begin    check, choose, and the head for the upstream      refusal -> own
//! asking   who asks, where the route wants to know it first  refusal -> own
//! sending  one attempt: the head out, the body after it, until the upstream's head is there
//! reply    the upstream's head for the client; an upgrade
//! relay    both bodies to their ends
//! ```
//! `view` is a head as the rules see it, `own` what the proxy says itself, `runner` what lends all of this to a connection.

use std::rc::Rc;

use bytes::Bytes;
use tokio::time::Instant;

use self::begin::Begun;
use self::intake::Intake;
use self::sending::{Answer, Sending};
use super::attempt::{self, Answered};
use super::choose::Unchosen;
use super::h2c;
use super::work::Work;
use crate::client::Tunnel;
use crate::client::link::Link;
use crate::record::Measure;
use crate::stream::Stream;
use crate::upstream::Lease;

mod asking;
mod begin;
mod intake;
mod own;
mod relay;
mod reply;
mod runner;
mod sending;

pub(crate) use self::runner::{MOST_IDLE, Runner};

/// A client's connection, between two requests.
pub(crate) struct Client {
    pub(crate) stream: Stream,
    pub(crate) link: Rc<Link>,
    /// Whether it may still turn out to speak HTTP/2.
    pub(crate) may_be_http2: bool,
}

/// What becomes of a connection when there is nothing more to do for it now.
pub(crate) enum After {
    /// It waits for its next request.
    Idle(Client),
    /// It has ended, but for a word of goodbye.
    Closed(Client),
    /// Bytes that the proxy does not want may still come: they are read for a moment, so that they do not destroy the answer.
    Linger(Client),
    /// It speaks HTTP/2 and began with these bytes.
    Http2(Client, Bytes),
    /// HTTP has ended on it; these bytes came after the request.
    Tunnel(Client, Box<Tunnel>, Bytes),
}

/// What follows after one request.
enum Next {
    /// The next request on the same connection.
    Another,
    /// The end of the connection.
    Close,
    /// The end, after reading on for a moment.
    Linger,
    /// Bytes both ways.
    Tunnel(Box<Tunnel>),
}

/// Serves requests until none is in sight or the connection ends.
async fn converse(mut client: Client, work: &mut Work) -> After {
    loop {
        let next = match intake::read(&mut client, work).await {
            Intake::Head(len) => respond(&mut client, work, len).await,
            Intake::Refused(refused) => own::refusal(&mut client, work, refused.into(), None).await,
            Intake::Slow => own::slow_head(&mut client, work).await,
            Intake::Idle => return After::Idle(client),
            Intake::Ended => Next::Close,
            Intake::Http2 => {
                let read = Bytes::copy_from_slice(work.from_client.filled());
                return After::Http2(client, read);
            }
        };
        match next {
            Next::Another => {}
            Next::Close => return After::Closed(client),
            Next::Linger => return After::Linger(client),
            Next::Tunnel(tunnel) => {
                let read = Bytes::copy_from_slice(work.from_client.filled());
                return After::Tunnel(client, tunnel, read);
            }
        }
        client.may_be_http2 = false;
        // Only now, and not where a connection wakes up for nothing: its time runs on then.
        client.link.arm(client.link.worker.config.timeouts.keep_alive_timeout);
        if work.from_client.is_empty() && !client.stream.is_tls() {
            return After::Idle(client);
        }
    }
}

/// Answers the request whose head has `len` bytes.
async fn respond(client: &mut Client, work: &mut Work, len: usize) -> Next {
    let started = Instant::now();
    let at = work.from_client.position();
    let head = at..at + len;
    work.from_client.keep(len);
    let mut admitted = None;
    let mut begun = loop {
        match begin::begin(&client.link, work, head.clone(), admitted.take()) {
            Ok(Some(begun)) => break begun,
            Ok(None) => return own::options(client, work, head).await,
            Err(Unchosen::Refused(refusal)) => return own::refusal(client, work, refusal, Some(head)).await,
            Err(Unchosen::Answered(instead)) => return own::instead(client, work, &instead, head).await,
            Err(Unchosen::Guarded(guarded)) => {
                match Box::pin(asking::ask(client, work, head.clone(), *guarded)).await {
                    Ok(found) => admitted = Some(found),
                    Err(next) => return next,
                }
            }
        }
    };
    let worker = Rc::clone(&client.link.worker);
    let mut sending = Sending::new(client, work, &begun, head.clone());
    let answered = attempt::run(&worker, started, &begun.chosen, &mut sending).await;
    let leaves_body = sending.leaves_body();
    begun.keeps &= !leaves_body;
    let next = match answered {
        Ok(Answered { answer: Answer::Http1(_), lease, measure }) => {
            work.from_client.release();
            pass_http1(client, work, &begun, lease, measure).await
        }
        Ok(Answered { answer: Answer::Http2(stream), lease, measure }) => {
            work.from_client.release();
            Box::pin(pass_http2(client, work, &begun, *stream, lease, measure)).await
        }
        Err(failure) => match begun.chosen.take_denial() {
            Some(denial) => own::instead(client, work, &denial, head).await,
            None => own::failure(client, work, failure, &begun).await,
        },
    };
    // What the client still sends would destroy the answer on its way.
    if leaves_body && matches!(next, Next::Close) { Next::Linger } else { next }
}

/// Passes the answer of an upstream that speaks HTTP/1.1 on.
async fn pass_http1(
    client: &mut Client,
    work: &mut Work,
    begun: &Begun,
    mut lease: Lease,
    measure: Measure,
) -> Next {
    let draining = !client.link.worker.keeps_connections();
    let reply = match reply::of_http1(work, begun, draining) {
        Ok(reply) => reply,
        Err(failure) => {
            measure.end(failure.outcome());
            return own::failure(client, work, failure, begun).await;
        }
    };
    work.from_upstream.release();
    if reply.switches {
        return relay::switch(client, work, lease, measure, &begun.chosen).await;
    }
    let Some(tcp) = lease.http1() else { return Next::Close };
    let (next, clean) = relay::run(client, work, &reply, tcp, measure, &begun.chosen).await;
    if clean {
        reply.idle_limit.into_iter().for_each(|limit| lease.limit_idle(limit));
        lease.give_back(&client.link.worker.endpoints);
    }
    next
}

/// Passes the answer of an upstream that speaks HTTP/2 on.
async fn pass_http2(
    client: &mut Client,
    work: &mut Work,
    begun: &Begun,
    mut stream: h2c::Stream,
    lease: Lease,
    measure: Measure,
) -> Next {
    let draining = !client.link.worker.keeps_connections();
    let reply = match reply::of_http2(&stream, &mut work.download, begun, draining) {
        Ok(reply) => reply,
        Err(failure) => {
            measure.end(failure.outcome());
            return own::failure(client, work, failure, begun).await;
        }
    };
    let (next, _) = relay::run(client, work, &reply, &mut stream, measure, &begun.chosen).await;
    lease.give_back(&client.link.worker.endpoints);
    next
}
