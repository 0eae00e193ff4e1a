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
use crate::client::link::Link;
use crate::error::Failure;
use crate::exchange::attempt::{Lost, Offer};
use crate::exchange::body_watch::BodyWatch;
use crate::exchange::h2c::{self, Peer};
use crate::exchange::leg::{ClientSide, Leg, Patience};
use crate::exchange::work::Work;
use crate::stream::Stream;
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
    written_for: Option<Protocol>,
    watch: Option<BodyWatch>,
    /// A page is asked for, and the client's body has not come to its end.
    leaves_body: bool,
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
        let written_for = Some(begun.chosen.track.backend.protocol);
        let waiting = WaitingClient { client, go_on };
        Self { waiting, work, begun, head, written_for, watch, leaves_body: false }
    }

    /// Whether bytes of the client's body may still come although nobody reads them.
    pub(super) fn leaves_body(&self) -> bool {
        self.leaves_body
    }
}

impl Offer for Sending<'_> {
    type Answer = Answer;

    fn is_repeatable(&self) -> bool {
        self.begun.is_safe && self.work.request.length == Length::None
    }

    /// Its connection's time is looked at by whoever waits, and nobody does.
    fn rest(&self) {}

    fn turn(&mut self, replaced: Option<(Answer, Lease)>) {
        let Self { waiting, work, written_for, watch, leaves_body, .. } = self;
        match replaced {
            Some((Answer::Http1(_), lease)) if work.drain_answer() => {
                lease.give_back(&waiting.client.link.worker.endpoints);
            }
            Some((Answer::Http2(_), lease)) => lease.give_back(&waiting.client.link.worker.endpoints),
            Some((Answer::Http1(_), _)) | None => {}
        }
        let Work { upload, from_client, trailers, .. } = &mut **work;
        *leaves_body = !upload.discard(from_client, trailers);
        waiting.go_on = &[];
        (*written_for, *watch) = (None, None);
    }

    async fn send(&mut self, lease: &mut Lease) -> Result<Answer, Lost> {
        let (peer, reused) = (Peer::of(lease.endpoint()), lease.is_reused());
        // What was checked once passes again.
        let wrong = |_| Lost { failure: Failure::BodyInvalid, unsent: false };
        let Self { waiting, work, begun, head, written_for, watch, leaves_body: _ } = self;
        let patience = Patience::of(&begun.chosen, &waiting.client.link.worker);
        match lease.connection() {
            Some(Connection::Http1(tcp)) => {
                if *written_for != Some(Protocol::Http1) {
                    let link = &waiting.client.link;
                    begin::write_again(link, work, head.clone(), begun, peer.address).map_err(wrong)?;
                    *written_for = Some(Protocol::Http1);
                }
                work.upload.rewind();
                let leg = Leg::new(waiting, work, watch, patience, begun.to_head, reused);
                leg.run(tcp).await.map(Answer::Http1)
            }
            Some(Connection::Http2(shared)) => {
                let gathered = begin::gather(&waiting.client.link, work, head.clone(), begun);
                let length = begun.body_length(&work.request);
                work.upload.begin(length, false);
                work.upload.limit(begun.chosen.body_limit(length));
                *written_for = Some(Protocol::Http2);
                let bodiless = work.upload.is_bodiless();
                let mut stream = h2c::Stream::open(gathered.map_err(wrong)?, shared, peer, bodiless);
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
