//! What one client connection is doing, and until when it may.
//!
//! The wire and the requests report what happens; the link keeps the one deadline that follows from it. Per request that is three stores.
//!
//! ```text
//! Opening --byte--> Reading --head--> Busy --last response ends--> Idle --byte--> Reading ..
//! ```
//! Independently of that, a write that does not move is limited in every phase.

use std::cell::{Cell, OnceCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Tunnel;
use super::flood::Flood;
use crate::clock::Deadline;
use crate::counters::Cut;
use crate::forwarded::Introduction;
use crate::scheme::Scheme;
use crate::tls::clients::Shown;
use crate::worker::Worker;

/// Requests after which the share of those that the client reset counts.
const RESETS_MIN: u32 = 100;
/// A request that the client gave up this early counts as a premature reset.
const PREMATURE: Duration = Duration::from_secs(1);

/// What an HTTP/2 client gets to answer a GOAWAY.
const LINGER: Duration = Duration::from_secs(1);

/// What the connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte yet.
    Opening,
    /// In the middle of a header section (HTTP/1.1 only).
    Reading,
    /// At least one request is being served.
    Busy,
    /// Between requests.
    Idle,
}

/// One client connection, as wire, requests and the connection's own task see it.
pub(crate) struct Link {
    pub(crate) worker: Rc<Worker>,
    /// The client, without an IPv4-mapped form.
    pub(crate) client: IpAddr,
    pub(crate) scheme: Scheme,
    /// Whether the client's own X-Forwarded-* headers are believed.
    pub(crate) trusted: bool,
    /// What upstreams are told about the client, written once.
    pub(crate) introduction: Introduction,
    /// What the client showed of itself, where its host asks for it.
    shown: OnceCell<Box<Shown>>,
    multiplexed: Cell<bool>,
    deadline: Deadline,
    phase: Cell<Phase>,
    in_flight: Cell<u32>,
    write_blocked: Cell<bool>,
    flood: Flood,
    requests: Cell<u32>,
    resets: Cell<u32>,
    abuse: Cell<bool>,
    /// Where the bytes go after a 101.
    tunnel: Cell<Option<Box<Tunnel>>>,
    /// Handed from a request to the task that hyper spawns for its HTTP/2 stream right after.
    stall: Cell<Option<Rc<Deadline>>>,
}

impl Link {
    pub(super) fn new(worker: Rc<Worker>, peer: SocketAddr, local: SocketAddr, scheme: Scheme) -> Rc<Self> {
        let client = peer.ip().to_canonical();
        let deadline = worker.clock.deadline();
        deadline.arm(worker.config.timeouts.first_byte_timeout);
        Rc::new(Self {
            trusted: worker.config.trust_forwarded.iter().any(|network| network.contains(client)),
            introduction: Introduction::new(client, scheme, local.port()),
            flood: Flood::new(worker.clock.now()),
            worker,
            client,
            scheme,
            shown: OnceCell::new(),
            multiplexed: Cell::new(false),
            deadline,
            phase: Cell::new(Phase::Opening),
            in_flight: Cell::new(0),
            write_blocked: Cell::new(false),
            requests: Cell::new(0),
            resets: Cell::new(0),
            abuse: Cell::new(false),
            tunnel: Cell::new(None),
            stall: Cell::new(None),
        })
    }

    /// The client was asked for a certificate, and showed this.
    pub(super) fn show(&self, shown: Shown) {
        // There is one handshake on a connection.
        let _ = self.shown.set(Box::new(shown));
    }

    /// What the client showed, where it was asked for a certificate.
    pub(crate) fn shown(&self) -> Option<&Shown> {
        self.shown.get().map(|shown| &**shown)
    }

    /// HTTP/2 is spoken: reads between requests are frames of any kind, and no header section is in sight.
    pub(super) fn multiplex(&self) {
        self.multiplexed.set(true);
        self.enter(Phase::Idle);
    }

    /// Whether HTTP/2 is spoken.
    pub(crate) fn is_multiplexed(&self) -> bool {
        self.multiplexed.get()
    }

    /// Bytes came from the client.
    pub(super) fn bytes_read(&self, bytes: usize) {
        if self.multiplexed.get() {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            if !self.flood.spend(bytes, self.worker.clock.now()) {
                self.abuse.set(true);
            }
        } else if matches!(self.phase.get(), Phase::Opening | Phase::Idle) {
            self.enter(Phase::Reading);
        }
    }

    /// The client takes no more bytes now.
    pub(super) fn write_blocked(&self) {
        if !self.write_blocked.replace(true) {
            self.rearm();
        }
    }

    /// The client took bytes.
    pub(super) fn bytes_written(&self, bytes: usize) {
        if self.multiplexed.get() {
            self.flood.response(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        if self.write_blocked.replace(false) {
            self.rearm();
        }
    }

    /// Body bytes of a request were passed on.
    pub(crate) fn body_read(&self, bytes: u64) {
        if bytes > 0 && self.multiplexed.get() {
            self.flood.body(bytes);
        }
    }

    /// A request begins.
    pub(crate) fn request_started(&self) {
        self.requests.set(self.requests.get().saturating_add(1));
        if self.multiplexed.get() {
            self.flood.request();
        }
        if self.in_flight.replace(self.in_flight.get() + 1) == 0 {
            self.enter(Phase::Busy);
        }
    }

    /// A request ended, `age` after it began; `aborted` by the client or not.
    pub(crate) fn request_ended(&self, age: Duration, aborted: bool) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        if self.in_flight.get() == 0 {
            self.enter(Phase::Idle);
        }
        if aborted && self.multiplexed.get() && age < PREMATURE {
            self.resets.set(self.resets.get() + 1);
            // Envoy's rule: most of many requests were taken back as soon as they were made.
            if self.requests.get() >= RESETS_MIN && self.resets.get() > self.requests.get() / 2 {
                self.abuse.set(true);
            }
        }
    }

    /// Sets the tunnel that begins when the response that is being sent, a 101, is out.
    pub(crate) fn set_tunnel(&self, tunnel: Tunnel) {
        self.tunnel.set(Some(Box::new(tunnel)));
    }

    /// Takes the tunnel, if a 101 was sent.
    pub(super) fn take_tunnel(&self) -> Option<Box<Tunnel>> {
        self.tunnel.take()
    }

    /// Announces the deadline of a request whose stream's task is spawned next.
    pub(crate) fn set_stall(&self, stall: Rc<Deadline>) {
        self.stall.set(Some(stall));
    }

    /// The deadline announced last.
    pub(super) fn take_stall(&self) -> Option<Rc<Deadline>> {
        self.stall.take()
    }

    /// Why the connection must be cut now, if it must.
    pub(super) fn poll_cut(&self, cx: &Context<'_>) -> Poll<Cut> {
        if self.abuse.get() {
            return Poll::Ready(Cut::Abuse);
        }
        self.deadline.poll_expired(cx).map(|()| match self.phase.get() {
            _ if self.write_blocked.get() => Cut::WriteStall,
            Phase::Reading => Cut::SlowHead,
            Phase::Opening | Phase::Idle | Phase::Busy => Cut::Idle,
        })
    }

    /// From now on the connection has this long for what it does; our own codec knows by itself what that is.
    pub(crate) fn arm(&self, after: Duration) {
        self.deadline.arm(after);
    }

    /// Ready when the connection has had its time.
    pub(crate) fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        self.deadline.poll_expired(cx)
    }

    /// The connection was told to end, and gets a moment for it.
    pub(super) fn linger(&self) {
        self.deadline.arm(LINGER);
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.rearm();
    }

    fn rearm(&self) {
        let timeouts = &self.worker.config.timeouts;
        if self.write_blocked.get() {
            self.deadline.arm(timeouts.write_timeout);
            return;
        }
        match self.phase.get() {
            Phase::Opening => self.deadline.arm(timeouts.first_byte_timeout),
            Phase::Reading => self.deadline.arm(timeouts.header_timeout),
            Phase::Busy => self.deadline.disarm(),
            Phase::Idle => self.deadline.arm(timeouts.keep_alive_timeout),
        }
    }
}
