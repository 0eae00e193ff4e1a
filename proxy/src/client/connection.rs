//! One client connection: which protocol it speaks, and its waiting for the next request.
//!
//! While it waits it is this future and its socket, nothing else. What serves requests is borrowed for the time that there are any, and what only
//! few connections need is in a box.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::handshake::{self, Negotiated};
use super::hyper;
use super::link::Link;
use super::proxied::{self, Ends};
use super::wire::Wire;
use crate::config::Codec;
use crate::counters::Cut;
use crate::exchange::http1::{After, Client, Runner};
use crate::scheme::Scheme;
use crate::stream::Stream;
use crate::worker::{Admitted, Worker};

/// Time in which bytes that nobody wants are still read, so that they do not destroy the last answer.
const LINGER: Duration = Duration::from_secs(1);
/// Most of such bytes.
const LINGER_BYTES: usize = 1024 * 1024;

/// One client connection; ready when it has ended.
///
/// Written by hand and not as an `async fn`, because ten thousand of them may wait: it is no larger than what it waits with.
pub(super) struct Connection {
    life: Life,
    /// Counts it as open.
    _admitted: Admitted,
}

enum Life {
    /// Between two requests.
    Waiting(Client),
    /// With requests, served by what was borrowed from its worker.
    Serving(Runner, Rc<Worker>),
    /// Everything that few connections do, or that ends them.
    Other(Pin<Box<dyn Future<Output = ()>>>),
    Ended,
}

impl Connection {
    /// A connection in clear text.
    pub(super) fn plain(tcp: TcpStream, link: Rc<Link>, codec: Codec, admitted: Admitted) -> Self {
        Self { life: Life::begin(Stream::Plain(tcp), link, Negotiated::Nothing, codec), _admitted: admitted }
    }

    /// A TLS connection, from its handshake on.
    pub(super) fn tls(
        tcp: TcpStream,
        acceptor: TlsAcceptor,
        link: Rc<Link>,
        codec: Codec,
        admitted: Admitted,
    ) -> Self {
        Self { life: Life::Other(Box::pin(shake(tcp, acceptor, link, codec))), _admitted: admitted }
    }

    /// A connection whose first bytes say who the client is.
    pub(super) fn introduced(
        mut tcp: TcpStream,
        tls: Option<TlsAcceptor>,
        socket: Ends,
        worker: Rc<Worker>,
        codec: Codec,
        admitted: Admitted,
    ) -> Self {
        let introduced = async move {
            let Some(ends) = proxied::read(&mut tcp, socket, &worker).await else { return };
            let scheme = if tls.is_some() { Scheme::Https } else { Scheme::Http };
            let link = Link::new(worker, ends.peer, ends.local, scheme);
            if let Some(acceptor) = tls {
                return shake(tcp, acceptor, link, codec).await;
            }
            let mut life = Life::begin(Stream::Plain(tcp), link, Negotiated::Nothing, codec);
            poll_fn(|cx| life.poll(cx)).await;
        };
        Self { life: Life::Other(Box::pin(introduced)), _admitted: admitted }
    }
}

/// A TLS connection, from its handshake to its end.
async fn shake(tcp: TcpStream, acceptor: TlsAcceptor, link: Rc<Link>, codec: Codec) {
    let Some((stream, negotiated)) = handshake::shake(tcp, &acceptor, &link).await else { return };
    let mut life = Life::begin(stream, link, negotiated, codec);
    poll_fn(|cx| life.poll(cx)).await;
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.life.poll(cx)
    }
}

impl Life {
    fn begin(stream: Stream, link: Rc<Link>, negotiated: Negotiated, codec: Codec) -> Self {
        match (negotiated, codec) {
            (Negotiated::Http2, _) => {
                Self::Other(Box::pin(hyper::http2(Wire::new(stream, Rc::clone(&link), Bytes::new()), link)))
            }
            (_, Codec::Hyper) => Self::Other(Box::pin(by_hyper(stream, link, negotiated))),
            (_, Codec::Weir) => {
                let may_be_http2 = negotiated == Negotiated::Nothing;
                let buffers = stream.is_tls();
                let client = Client { stream, link, may_be_http2 };
                // A request may have come with the end of the handshake: then it waits above the socket, which says nothing any more.
                if buffers { Self::serve(client) } else { Self::Waiting(client) }
            }
        }
    }

    fn serve(client: Client) -> Self {
        let worker = Rc::clone(&client.link.worker);
        let mut runner = worker.runners.take().unwrap_or_else(Runner::new);
        runner.begin(client);
        Self::Serving(runner, worker)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self {
                Self::Waiting(client) => {
                    if !ready!(poll_ready(client, cx)) {
                        return Poll::Ready(());
                    }
                    if let Self::Waiting(client) = std::mem::replace(self, Self::Ended) {
                        *self = Self::serve(client);
                    }
                }
                Self::Serving(runner, _) => {
                    let after = ready!(runner.poll(cx));
                    if let Self::Serving(runner, worker) = std::mem::replace(self, Self::after(after)) {
                        worker.runners.give_back(runner);
                    }
                }
                Self::Other(other) => return other.as_mut().poll(cx),
                Self::Ended => return Poll::Ready(()),
            }
        }
    }

    fn after(after: After) -> Self {
        match after {
            After::Idle(client) => Self::Waiting(client),
            After::Closed(client) if client.stream.is_tls() => Self::Other(Box::pin(close(client.stream))),
            After::Closed(_) => Self::Ended,
            After::Linger(client) => Self::Other(Box::pin(linger(client))),
            After::Http2(Client { stream, link, .. }, read) => {
                Self::Other(Box::pin(hyper::http2(Wire::new(stream, Rc::clone(&link), read), link)))
            }
            After::Tunnel(client, tunnel, read) => Self::Other(Box::pin(tunnel.run(client.stream, read))),
        }
    }
}

/// Ready when there is something to read; `false` when the connection has waited for too long, or is to end.
fn poll_ready(client: &Client, cx: &mut Context<'_>) -> Poll<bool> {
    let Client { stream, link, .. } = client;
    if stream.socket().poll_read_ready(cx).is_ready() {
        return Poll::Ready(true);
    }
    if link.poll_expired(cx).is_ready() {
        link.worker.counters.connection_cut(Cut::Idle);
        return Poll::Ready(false);
    }
    // A request that has just come is served, and the word that it is there is on its way.
    if link.worker.is_draining() && !has_bytes(stream.socket()) {
        return Poll::Ready(false);
    }
    Poll::Pending
}

/// Whether the socket holds anything unread, asked of the socket itself.
fn has_bytes(socket: &TcpStream) -> bool {
    let mut byte = [std::mem::MaybeUninit::uninit()];
    socket2::SockRef::from(socket).peek(&mut byte).is_ok_and(|read| read > 0)
}

/// Says goodbye, which TLS wants.
async fn close(mut stream: Stream) {
    // Best effort: whatever the socket takes at once.
    let _ = tokio::time::timeout(crate::clock::TICK, stream.shutdown()).await;
}

/// Reads what still comes for a moment: a socket that is closed with unread bytes resets the connection, and the last answer with it.
async fn linger(client: Client) {
    let Client { mut stream, link, .. } = client;
    link.arm(LINGER);
    let reading = async {
        let mut left = LINGER_BYTES;
        let mut dropped = [0; 4096];
        stream.shutdown().await?;
        while left > 0 {
            match stream.read(&mut dropped).await? {
                0 => break,
                n => left = left.saturating_sub(n),
            }
        }
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = reading => {}
        () = poll_fn(|cx| link.poll_expired(cx)) => {}
    }
}

/// Serves a connection with hyper.
async fn by_hyper(mut stream: Stream, link: Rc<Link>, negotiated: Negotiated) {
    if negotiated == Negotiated::Http1 {
        return hyper::http1(Wire::new(stream, Rc::clone(&link), Bytes::new()), link).await;
    }
    let found = tokio::select! {
        found = sniff(&mut stream, &link) => found,
        cut = hyper::cut(&link) => {
            link.worker.counters.connection_cut(cut);
            None
        }
        () = poll_fn(|_| if link.worker.is_draining() { Poll::Ready(()) } else { Poll::Pending }) => None,
    };
    let Some((is_http2, read)) = found else { return };
    let wire = Wire::new(stream, Rc::clone(&link), read);
    if is_http2 { hyper::http2(wire, link).await } else { hyper::http1(wire, link).await }
}

/// Reads until it is clear whether the HTTP/2 preface comes. `None`: the client ended or failed first.
async fn sniff(stream: &mut Stream, link: &Link) -> Option<(bool, Bytes)> {
    let mut read = BytesMut::with_capacity(4096);
    loop {
        let n = stream.read_buf(&mut read).await.ok()?;
        if n == 0 {
            return None;
        }
        link.bytes_read(n);
        match preface(&read) {
            Preface::Begun => {}
            found @ (Preface::Whole | Preface::Other) => {
                return Some((found == Preface::Whole, read.freeze()));
            }
        }
    }
}

/// What every HTTP/2 connection begins with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether the first bytes of a connection are those of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preface {
    /// They are.
    Whole,
    /// As far as they go.
    Begun,
    /// They are not.
    Other,
}

/// Whether these are the first bytes of an HTTP/2 connection.
pub(crate) fn preface(bytes: &[u8]) -> Preface {
    let compared = bytes.len().min(PREFACE.len());
    if PREFACE.get(..compared) != bytes.get(..compared) {
        return Preface::Other;
    }
    if compared == PREFACE.len() { Preface::Whole } else { Preface::Begun }
}
