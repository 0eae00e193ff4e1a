//! Both bodies to their ends. The end of the upstream's body is the end of the request's measurement.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use weir_telemetry::outcome::Outcome;

use super::reply::Reply;
use super::{Client, Next};
use crate::client::Tunnel;
use crate::client::link::Link;
use crate::counters::Cut;
use crate::error::Failure;
use crate::exchange::body_watch::BodyWatch;
use crate::exchange::choose::Chosen;
use crate::exchange::pace::{Paced, Pacer};
use crate::exchange::pipe::{Broken, Pipe, Waits};
use crate::exchange::remainder::Remainder;
use crate::exchange::upstream_io::UpstreamIo;
use crate::exchange::work::Work;
use crate::record::Measure;
use crate::upstream::Lease;

/// The client's connection has ended.
pub(super) struct Ended;

/// How the exchange of bodies ended.
enum End {
    Whole,
    ClientGone,
    ClientStalls,
    Truncated,
    UpstreamSilent,
    /// The request's body failed while the answer was on its way.
    Upload,
}

/// The limits of one exchange of bodies.
struct Limits<'l> {
    link: &'l Link,
    /// Between two pieces of the answer.
    read_timeout: Duration,
    /// What is waited for, and how far the body had come then.
    waits: Option<(Waits, u64, u64)>,
    remainder: Remainder,
    pacer: Option<Box<Pacer>>,
}

/// Relays an answer whose head has been written, and what is left of the request.
pub(super) async fn run(
    client: &mut Client,
    work: &mut Work,
    reply: &Reply,
    upstream: &mut impl UpstreamIo,
    measure: Measure,
    chosen: &Chosen,
) -> (Next, bool) {
    let link = std::rc::Rc::clone(&client.link);
    let watch = (!work.upload.is_done()).then(|| BodyWatch::new(&link));
    let (read_timeout, pacer) = (chosen.read_timeout(&link.worker), chosen.pacer(&link.worker));
    let remainder = Remainder::new(watch);
    let mut limits = Limits { link: &link, read_timeout, waits: None, remainder, pacer };
    let end = poll_fn(|cx| limits.poll(cx, client, work, upstream)).await;
    let sent = work.upload.is_done();
    let outcome = match end {
        End::Whole => {
            measure.end(work.download.grpc_outcome().unwrap_or(reply.outcome));
            let clean = reply.reusable && sent && work.from_upstream.is_empty();
            let next = match (reply.keeps && sent, sent) {
                (true, _) => Next::Another,
                (false, true) => Next::Close,
                // What the client still sends would destroy the answer on its way.
                (false, false) => Next::Linger,
            };
            return (next, clean);
        }
        End::ClientGone | End::Upload => Outcome::ClientAborted,
        End::ClientStalls => {
            link.worker.counters.connection_cut(Cut::WriteStall);
            Outcome::ClientAborted
        }
        End::Truncated => Outcome::Truncated,
        End::UpstreamSilent => Outcome::UpstreamTimeout,
    };
    measure.end(outcome);
    if reply.until_end {
        // The end of the connection would say that the body was whole; a reset does not.
        let _ = client.stream.socket().set_zero_linger();
    }
    (Next::Close, false)
}

impl Limits<'_> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut Client,
        work: &mut Work,
        upstream: &mut impl UpstreamIo,
    ) -> Poll<End> {
        if self.remainder.poll(cx, self.link, work, &mut client.stream, upstream).is_err() {
            return Poll::Ready(End::Upload);
        }
        let Work { upload, download, from_client, from_upstream, trailers, .. } = work;
        let polled = match &mut self.pacer {
            None => download.poll(cx, upstream, from_upstream, &mut client.stream, trailers),
            Some(pacer) => {
                let mut sink = Paced { sink: &mut client.stream, pacer };
                download.poll(cx, upstream, from_upstream, &mut sink, trailers)
            }
        };
        match polled {
            Poll::Ready(Ok(())) => return Poll::Ready(End::Whole),
            Poll::Ready(Err(Broken::Source | Broken::Invalid | Broken::TooLarge)) => {
                return Poll::Ready(End::Truncated);
            }
            Poll::Ready(Err(Broken::Sink)) => return Poll::Ready(End::ClientGone),
            Poll::Pending => {}
        }
        let watches = upload.is_done() && from_client.has_room();
        if watches && matches!(from_client.poll_fill(cx, &mut client.stream), Poll::Ready(Ok(0) | Err(_))) {
            return Poll::Ready(End::ClientGone);
        }
        self.poll_late(cx, download)
    }

    /// Whether whoever is waited for has had its time.
    fn poll_late(&mut self, cx: &Context<'_>, download: &Pipe) -> Poll<End> {
        let waits = download.waits();
        let now = Some((waits, download.passed(), download.sent()));
        if self.waits != now {
            self.waits = now;
            self.link.arm(match waits {
                Waits::Source => self.read_timeout,
                Waits::Sink => self.link.worker.config.timeouts.write_timeout,
            });
        }
        self.link.poll_expired(cx).map(|()| match waits {
            Waits::Source => End::UpstreamSilent,
            Waits::Sink => End::ClientStalls,
        })
    }
}

/// Writes what stands in the download and has no body.
pub(super) async fn flush(client: &mut Client, work: &mut Work) -> Result<(), Ended> {
    let link = &client.link;
    link.arm(link.worker.config.timeouts.write_timeout);
    let Work { download, from_upstream, trailers, .. } = work;
    poll_fn(|cx| {
        match download.poll(cx, &mut tokio::io::empty(), from_upstream, &mut client.stream, trailers) {
            Poll::Ready(written) => Poll::Ready(written.map_err(|_| Ended)),
            Poll::Pending => link.poll_expired(cx).map(|()| {
                link.worker.counters.connection_cut(Cut::WriteStall);
                Err(Ended)
            }),
        }
    })
    .await
}

/// Passes a 101 on, and then bytes both ways. The request has ended for the counts and stays in flight.
pub(super) async fn switch(
    client: &mut Client,
    work: &mut Work,
    mut lease: Lease,
    measure: Measure,
    chosen: &Chosen,
) -> Next {
    let Some(upstream) = lease.take_over() else {
        measure.end(Failure::UnaskedUpgrade.outcome());
        return Next::Close;
    };
    if flush(client, work).await.is_err() {
        return Next::Close;
    }
    let Some(in_flight) = measure.end_as_tunnel() else { return Next::Close };
    let (read, worker) = (work.from_upstream.filled(), &client.link.worker);
    let (idle_timeout, slot) =
        (chosen.read_timeout(worker), chosen.terms.as_ref().and_then(|terms| terms.slot.take()));
    Next::Tunnel(Box::new(Tunnel::new(worker, upstream, read, in_flight, idle_timeout, slot)))
}
