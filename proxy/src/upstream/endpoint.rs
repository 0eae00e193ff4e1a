//! One address: connections that wait for a request, and how it fares.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use hyper::client::conn::http2;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::Mutex;
use tokio::time::Instant;
use weir_routing::{Protocol, UpstreamTls};

use super::secured::Secured;
use crate::exchange::Upload;
use crate::stream::Stream;
use crate::tls::outgoing::Outgoing;

/// First time that a refusing endpoint is put aside for; doubles with each further refusal.
const ASIDE_FIRST: Duration = Duration::from_millis(100);
/// Longest time that a refusing endpoint is put aside for.
const ASIDE_MAX: Duration = Duration::from_secs(10);
/// Requests on one HTTP/2 connection; with more, another one is made.
const STREAMS: u32 = 100;

/// One address of one revision, as one worker sees it.
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) protocol: Protocol,
    /// How it is spoken to over TLS; `None`: in clear text.
    pub(super) secured: Option<Box<Secured>>,
    in_flight: Cell<u32>,
    /// Requests sent to it so far.
    sent: Cell<u32>,
    used: Cell<Instant>,
    aside_until: Cell<Option<Instant>>,
    aside_next: Cell<Duration>,
    waiting: RefCell<Vec<Waiting>>,
    shared: RefCell<Vec<SharedHttp2>>,
    /// One HTTP/2 connection is made at a time; the requests that come meanwhile use it.
    pub(super) making: Mutex<()>,
}

/// An HTTP/1.1 connection without a request.
struct Waiting {
    stream: Stream,
    /// After this the connection may be closed by the other side at any moment.
    until: Instant,
}

/// Whether the other side has said something unasked, most likely that it closes: nothing can be sent on this connection any more.
fn has_ended(stream: &mut Stream) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    // With TLS most of what comes is not for us: new tickets.
    stream.socket().poll_read_ready(&mut cx).is_ready()
        && (!stream.is_tls() || Pin::new(stream).poll_read(&mut cx, &mut ReadBuf::new(&mut [0])).is_ready())
}

/// An HTTP/2 connection; requests share it.
#[derive(Clone)]
pub(crate) struct SharedHttp2 {
    pub(crate) sender: http2::SendRequest<Upload>,
    pub(super) streams: Rc<Cell<u32>>,
    /// Streams that the other side allows.
    pub(super) allowed: Rc<Cell<usize>>,
    pub(super) until: Rc<Cell<Instant>>,
}

impl SharedHttp2 {
    fn has_room(&self) -> bool {
        let allowed = u32::try_from(self.allowed.get()).unwrap_or(STREAMS).min(STREAMS);
        !self.sender.is_closed() && self.streams.get() < allowed
    }
}

impl Endpoint {
    pub(super) fn new(
        address: SocketAddr,
        protocol: Protocol,
        tls: Option<&Arc<UpstreamTls>>,
        now: Instant,
    ) -> Self {
        Self {
            address,
            protocol,
            secured: tls.map(|tls| Box::new(Secured::new(tls))),
            in_flight: Cell::new(0),
            sent: Cell::new(0),
            used: Cell::new(now),
            aside_until: Cell::new(None),
            aside_next: Cell::new(ASIDE_FIRST),
            waiting: RefCell::default(),
            shared: RefCell::default(),
            making: Mutex::new(()),
        }
    }

    /// Whether it is spoken to over TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.secured.is_some()
    }

    /// Closes what waits where the proxy shows itself as somebody else now, or trusts others. The number of such changes: a connection of another number
    /// is not kept.
    pub(super) fn follow(&self, outgoing: &Outgoing) -> u32 {
        let Some(secured) = &self.secured else { return 0 };
        if secured.follow(outgoing) {
            self.waiting.borrow_mut().clear();
            self.shared.borrow_mut().clear();
        }
        secured.era()
    }

    /// Requests that are on their way to it, or being answered by it.
    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.get()
    }

    /// Whether it refused lately and better rests.
    pub(crate) fn is_aside(&self, now: Instant) -> bool {
        self.aside_until.get().is_some_and(|until| now < until)
    }

    /// It could not be reached.
    pub(super) fn refused(&self, now: Instant) {
        let rest = self.aside_next.get();
        self.aside_until.set(Some(now + rest));
        self.aside_next.set((rest * 2).min(ASIDE_MAX));
    }

    pub(super) fn reached(&self) {
        self.aside_until.set(None);
        self.aside_next.set(ASIDE_FIRST);
    }

    /// Counts a request that is sent to it; tells whether it is among the first `warmup` of this worker.
    pub(crate) fn warms_up(&self, warmup: u32) -> bool {
        let sent = self.sent.get();
        self.sent.set(sent.saturating_add(1));
        sent < warmup
    }

    pub(super) fn begin(&self, now: Instant) {
        self.in_flight.set(self.in_flight.get().saturating_add(1));
        self.used.set(now);
    }

    pub(super) fn end(&self) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
    }

    /// A waiting HTTP/1.1 connection, the one used last first: the others can be closed sooner. Whether its other side has closed it meanwhile
    /// shows when it is used.
    pub(super) fn take(&self, now: Instant) -> Option<Stream> {
        let mut waiting = self.waiting.borrow_mut();
        loop {
            let Waiting { stream, until } = waiting.pop()?;
            if now < until {
                return Some(stream);
            }
        }
    }

    /// Keeps a connection for the next request, at most `max` of them.
    pub(super) fn keep(&self, stream: Stream, until: Instant, max: usize) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() < max {
            waiting.push(Waiting { stream, until });
        }
    }

    /// An HTTP/2 connection with room for one more request.
    pub(super) fn join(&self) -> Option<SharedHttp2> {
        self.shared.borrow().iter().find(|connection| connection.has_room()).cloned()
    }

    pub(super) fn share(&self, connection: SharedHttp2) {
        self.shared.borrow_mut().push(connection);
    }

    /// Closes what has ended or waited for too long.
    pub(super) fn tidy(&self, now: Instant) {
        self.waiting.borrow_mut().retain_mut(|w| now < w.until && !has_ended(&mut w.stream));
        self.shared
            .borrow_mut()
            .retain(|c| !c.sender.is_closed() && (c.streams.get() > 0 || now < c.until.get()));
    }

    pub(super) fn is_unused_since(&self, now: Instant, age: Duration) -> bool {
        self.in_flight.get() == 0
            && self.waiting.borrow().is_empty()
            && self.shared.borrow().is_empty()
            && now.saturating_duration_since(self.used.get()) >= age
    }
}
