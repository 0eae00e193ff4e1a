//! A request of hyper's client, as it can be offered to one upstream after the other.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::{Body as _, Incoming};
use weir_http1::Length;

use super::client::HyperClient;
use super::codec;
use super::upload::{Progress, Upload};
use super::visit::Visit;
use crate::clock::TICK;
use crate::error::{Failure, UploadError};
use crate::exchange::attempt::{Lost, Offer};
use crate::exchange::body_watch::BodyWatch;
use crate::exchange::choose::Chosen;
use crate::exchange::frames::Frames;
use crate::exchange::h2c::{self, Peer};
use crate::exchange::leg::{Leg, Patience};
use crate::exchange::mirror::{self, Tee};
use crate::exchange::outbound::{self, Gathered, Inbound};
use crate::exchange::remainder::Remainder;
use crate::exchange::work::Work;
use crate::stream::Stream;
use crate::upstream::{Connection, Lease, SharedHttp2};

/// An upstream's answer, with what is left of the request.
pub(super) enum Answer {
    Http1(Box<Http1>),
    Http2(Response<Incoming>, Option<Rc<Progress>>),
}

/// A request in bytes, and the answer to it.
pub(crate) struct Http1 {
    pub(super) work: Work,
    pub(super) body: Frames,
    /// What of the body is left when the answer comes.
    pub(super) remainder: Remainder,
}

impl Http1 {
    fn new() -> Self {
        Self { work: Work::new(), body: Frames::empty(), remainder: Remainder::new(None) }
    }

    /// Makes it ready for another request.
    pub(super) fn cleared(mut self: Box<Self>) -> Box<Self> {
        self.work.clear();
        self.body = Frames::empty();
        self.remainder = Remainder::new(None);
        self
    }
}

/// Of these, what a worker keeps while no request uses them.
pub(crate) const MOST_SPARE: usize = 256;

/// A request on its way.
pub(super) struct Sending<'v> {
    visit: &'v Visit,
    parts: &'v Parts,
    chosen: &'v Chosen,
    inbound: Inbound<'v>,
    body: Body,
    /// Who is told what the body is.
    tee: Option<Rc<Tee>>,
}

/// The body of the request, in the form in which it was needed last.
enum Body {
    Incoming(Incoming),
    /// Bytes for HTTP/1.1, with the head written.
    Http1(Box<Http1>),
    /// With an upstream.
    Gone,
}

impl<'v> Sending<'v> {
    pub(super) fn new(
        visit: &'v Visit,
        parts: &'v Parts,
        chosen: &'v Chosen,
        inbound: &Inbound<'v>,
        body: Incoming,
    ) -> Self {
        let tee =
            chosen.is_copied().then(|| mirror::begin(inbound, || codec::fields(parts), chosen)).flatten();
        Self { visit, parts, chosen, inbound: *inbound, body: Body::Incoming(body), tee }
    }

    /// The request in bytes, made once.
    fn as_http1(&mut self, address: SocketAddr) -> Box<Http1> {
        let frames = match std::mem::replace(&mut self.body, Body::Gone) {
            Body::Http1(mut http1) => {
                http1.work.upload.rewind();
                return http1;
            }
            Body::Incoming(incoming) => Frames::new(incoming, self.inbound.length),
            // Only a request without a body is offered again after that.
            Body::Gone => Frames::empty(),
        };
        let link = &self.visit.link;
        let mut http1 = link.worker.spare.take().unwrap_or_else(|| Box::new(Http1::new()));
        let out = http1.work.upload.begin(self.inbound.length, self.inbound.length == Length::Chunked);
        outbound::write(out, &self.inbound, codec::fields(self.parts), address);
        http1.work.upload.limit(self.chosen.body_limit(self.inbound.length));
        http1.work.upload.tee(self.tee.clone());
        let watch = (self.inbound.length != Length::None).then(|| BodyWatch::new(link));
        http1.remainder = Remainder::new(watch);
        http1.body = frames;
        http1
    }

    fn as_incoming(&mut self) -> Option<Incoming> {
        match std::mem::replace(&mut self.body, Body::Gone) {
            Body::Incoming(incoming) => Some(incoming),
            Body::Http1(http1) => http1.body.into_inner(),
            Body::Gone => None,
        }
    }

    async fn send_http1(
        &mut self,
        stream: &mut Stream,
        address: SocketAddr,
        was_kept: bool,
    ) -> Result<Answer, Lost> {
        let mut http1 = self.as_http1(address);
        let Http1 { work, body, remainder } = &mut *http1;
        let mut client = HyperClient { visit: self.visit, body };
        let patience = Patience::of(self.chosen, &self.visit.link.worker);
        let leg = Leg::new(&mut client, work, &mut remainder.watch, patience, self.visit.head, was_kept);
        match leg.run(stream).await {
            Ok(_) => Ok(Answer::Http1(http1)),
            Err(lost) => {
                self.body = Body::Http1(http1);
                Err(lost)
            }
        }
    }

    async fn send_http2(&mut self, shared: SharedHttp2, peer: Peer) -> Result<Answer, Lost> {
        let Gathered { method, target, host, fields } =
            Gathered::of(&self.inbound, codec::fields(self.parts));
        let incoming = self.as_incoming().filter(|incoming| !incoming.is_end_stream());
        let (upload, progress) = match incoming {
            None => (Upload::empty(), None),
            Some(incoming) => {
                let limit = self.chosen.body_limit(self.inbound.length);
                let (upload, progress) = Upload::new(&self.visit.link, incoming, limit, self.tee.clone());
                (upload, Some(progress))
            }
        };
        let mut request = Request::new(upload);
        *request.method_mut() = method;
        *request.uri_mut() = h2c::absolute(&target, host.as_deref(), peer);
        *request.headers_mut() = fields;
        match self.head(shared, request, progress.as_deref()).await {
            Ok(response) => Ok(Answer::Http2(response, progress)),
            Err((lost, request)) => {
                if let Some(incoming) = request.and_then(|request| request.into_body().into_incoming()) {
                    self.body = Body::Incoming(incoming);
                }
                Err(lost)
            }
        }
    }

    /// Sends on one stream and waits for the head; the request comes back where nothing of it was sent.
    async fn head(
        &self,
        mut shared: SharedHttp2,
        request: Request<Upload>,
        upload: Option<&Progress>,
    ) -> Result<Response<Incoming>, (Lost, Option<Request<Upload>>)> {
        let (deadline, worker) = (&self.visit.deadline, &self.visit.link.worker);
        let body_timeout = worker.config.timeouts.request_body_timeout;
        let Patience { send, answer } = Patience::of(self.chosen, worker);
        // Nobody is told when the body has gone out, so whichever time is shorter is looked at first.
        deadline.arm(if upload.is_some() { send.min(answer) } else { answer });
        let mut quiet_since = worker.clock.now();
        let mut sending = pin!(shared.sender.try_send_request(request));
        let sent = poll_fn(|cx| {
            if let Poll::Ready(sent) = sending.as_mut().poll(cx) {
                return Poll::Ready(sent.map_err(|mut failed| {
                    let request = failed.take_message();
                    let failure = lost(&failed.into_error(), upload);
                    (Lost { failure, unsent: request.is_some() }, request)
                }));
            }
            if deadline.poll_expired(cx).is_pending() {
                return Poll::Pending;
            }
            let now = worker.clock.now();
            if upload.is_some_and(|upload| upload.moves(now, body_timeout)) {
                quiet_since = now;
            }
            let patience = if upload.is_none_or(Progress::has_ended) { answer } else { send };
            let left = patience.saturating_sub(now.saturating_duration_since(quiet_since));
            if left > TICK {
                deadline.arm(left);
                let armed = deadline.poll_expired(cx);
                debug_assert!(armed.is_pending(), "a deadline expired as it was armed");
                return Poll::Pending;
            }
            Poll::Ready(Err((Lost { failure: Failure::ResponseTimeout, unsent: false }, None)))
        })
        .await;
        deadline.disarm();
        sent
    }
}

/// Whose fault it was.
fn lost(error: &hyper::Error, upload: Option<&Progress>) -> Failure {
    let failure = match upload.and_then(Progress::failed) {
        Some(UploadError::Broken) => Failure::BodyInvalid,
        Some(UploadError::TooLarge) => Failure::BodyTooLarge,
        Some(UploadError::Timeout) => Failure::BodyTimeout,
        None if error.is_parse() => Failure::Garbage,
        None => Failure::Reset,
    };
    tracing::debug!(%error, %failure, "no response head");
    failure
}

impl Offer for Sending<'_> {
    type Answer = Answer;

    fn is_repeatable(&self) -> bool {
        matches!(self.inbound.method, "GET" | "HEAD" | "OPTIONS") && self.inbound.length == Length::None
    }

    fn rest(&self) {
        self.visit.deadline.disarm();
    }

    fn turn(&mut self, replaced: Option<(Answer, Lease)>) {
        if let Some(page) = self.chosen.told().page.filter(|page| page.is_own) {
            self.inbound = self.inbound.turned(page);
        }
        // What is left of the client's body is dropped with it, and hyper sees to the connection.
        self.body = Body::Gone;
        let worker = &self.visit.link.worker;
        match replaced {
            Some((Answer::Http1(mut http1), lease)) => {
                if http1.work.drain_answer() {
                    lease.give_back(&worker.endpoints);
                }
                worker.spare.give_back(http1.cleared());
            }
            Some((Answer::Http2(..), lease)) => lease.give_back(&worker.endpoints),
            None => {}
        }
    }

    async fn send(&mut self, lease: &mut Lease) -> Result<Answer, Lost> {
        let (peer, reused) = (Peer::of(lease.endpoint()), lease.is_reused());
        match lease.connection() {
            Some(Connection::Http1(tcp)) => self.send_http1(tcp, peer.address, reused).await,
            Some(Connection::Http2(shared)) => {
                let shared = shared.clone();
                self.send_http2(shared, peer).await
            }
            // A lease is made with a connection and loses it only when it is given back, which consumes it.
            None => Err(Lost { failure: Failure::Connect, unsent: true }),
        }
    }

    fn status(answer: &Answer) -> u16 {
        match answer {
            Answer::Http1(http1) => http1.work.response.status,
            Answer::Http2(response, _) => response.status().as_u16(),
        }
    }
}
