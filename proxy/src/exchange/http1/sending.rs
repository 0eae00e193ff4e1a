//! A request of our codec's client, as it can be offered to one upstream after the other.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;
use weir_http1::Length;
use weir_routing::Protocol;

use super::Client;
use super::begin::{self, Begun};
use crate::buffer::Buffer;
use crate::client::Stream;
use crate::client::link::Link;
use crate::error::Failure;
use crate::exchange::attempt::{Lost, Offer};
use crate::exchange::body_watch::BodyWatch;
use crate::exchange::h2c;
use crate::exchange::leg::{ClientSide, Leg, Patience};
use crate::exchange::work::Work;
use crate::upstream::{Connection, Lease};

/// What a client gets that waits before it sends its body.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Where the head of an answer is.
pub(super) enum Answer {
    /// In [`Work::response`], with this status.
    Http1(u16),
    /// Here, with its body.
    Http2(Box<h2c::Stream>),
}

/// A request on its way.
pub(super) struct Sending<'r> {
    waiting: WaitingClient<'r>,
    work: &'r mut Work,
    begun: &'r Begun,
    /// Where the client's head lies.
    head: Range<usize>,
    /// What the head was written for.
    written_for: Protocol,
    watch: Option<BodyWatch>,
}

/// The client, who may wait for a word before it sends its body.
struct WaitingClient<'r> {
    client: &'r mut Client,
    /// What is left of that word.
    go_on: &'static [u8],
}

impl<'r> Sending<'r> {
    pub(super) fn new(
        client: &'r mut Client,
        work: &'r mut Work,
        begun: &'r Begun,
        head: Range<usize>,
    ) -> Self {
        let go_on = if begun.expects { CONTINUE } else { &[] };
        let watch = (!work.upload.is_bodiless()).then(|| BodyWatch::new(&client.link));
        let written_for = begun.chosen.track.backend.protocol;
        Self { waiting: WaitingClient { client, go_on }, work, begun, head, written_for, watch }
    }
}

impl Offer for Sending<'_> {
    type Answer = Answer;

    fn is_repeatable(&self) -> bool {
        self.begun.is_safe && self.work.request.length == Length::None
    }

    async fn send(&mut self, lease: &mut Lease) -> Result<Answer, Lost> {
        let (address, reused) = (lease.endpoint().address, lease.is_reused());
        // What was checked once passes again.
        let wrong = |_| Lost { failure: Failure::BodyInvalid, unsent: false };
        let Self { waiting, work, begun, head, written_for, watch } = self;
        let patience = Patience::of(&begun.chosen, &waiting.client.link.worker);
        match lease.connection() {
            Some(Connection::Http1(tcp)) => {
                if *written_for != Protocol::Http1 {
                    let link = &waiting.client.link;
                    begin::write_again(link, work, head.clone(), begun, address).map_err(wrong)?;
                    *written_for = Protocol::Http1;
                }
                work.upload.rewind();
                let leg = Leg::new(waiting, work, watch, patience, begun.to_head, reused);
                leg.run(tcp).await.map(Answer::Http1)
            }
            Some(Connection::Http2(shared)) => {
                let gathered = begin::gather(&waiting.client.link, work, head.clone(), begun);
                work.upload.begin(work.request.length, false);
                work.upload.limit(begun.chosen.body_limit(work.request.length));
                *written_for = Protocol::H2c;
                let bodiless = work.upload.is_bodiless();
                let mut stream = h2c::Stream::open(gathered.map_err(wrong)?, shared, address, bodiless);
                let leg = Leg::new(waiting, work, watch, patience, begun.to_head, false);
                Box::pin(leg.run(&mut stream)).await?;
                Ok(Answer::Http2(Box::new(stream)))
            }
            // A lease is made with a connection and loses it only when it is given back, which consumes it.
            None => Err(Lost { failure: Failure::Connect, unsent: true }),
        }
    }

    fn status(answer: &Answer) -> u16 {
        match answer {
            Answer::Http1(status) => *status,
            Answer::Http2(stream) => stream.status(),
        }
    }
}

impl ClientSide for WaitingClient<'_> {
    type Body = Stream;

    fn link(&self) -> &Link {
        &self.client.link
    }

    fn body(&mut self) -> &mut Stream {
        &mut self.client.stream
    }

    fn arm(&self, after: Duration) {
        self.client.link.arm(after);
    }

    fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        self.client.link.poll_expired(cx)
    }

    /// A client that does not take this takes nothing, and its body's time limit ends it.
    fn poll_go_on(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.go_on.is_empty() {
            match Pin::new(&mut self.client.stream).poll_write(cx, self.go_on) {
                Poll::Ready(written) => self.go_on = self.go_on.get(written?..).unwrap_or_default(),
                Poll::Pending => return Ok(()),
            }
        }
        match Pin::new(&mut self.client.stream).poll_flush(cx) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Ok(()),
        }
    }

    fn broken(&self) -> Failure {
        Failure::ClientGone
    }

    fn has_gone(&mut self, cx: &mut Context<'_>, buffer: &mut Buffer) -> bool {
        buffer.has_room()
            && matches!(buffer.poll_fill(cx, &mut self.client.stream), Poll::Ready(Ok(0) | Err(_)))
    }
}
