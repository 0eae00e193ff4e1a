//! One client connection: which protocol it speaks, and its waiting for the next request.
//!
//! While it waits it is this future and its socket, nothing else. What serves requests is borrowed for the time that there are any, and what only
//! few connections need is in a box.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::hyper;
use super::link::{Cut, Link};
use super::stream::Stream;
use super::wire::Wire;
use crate::config::Codec;
use crate::exchange::http1::{After, Client};

/// What every HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Time in which bytes that nobody wants are still read, so that they do not destroy the last answer.
const LINGER: Duration = Duration::from_secs(1);
/// Most of such bytes.
const LINGER_BYTES: usize = 1024 * 1024;

/// What ALPN chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Negotiated {
    /// HTTP/2.
    Http2,
    /// HTTP/1.1.
    Http1,
    /// Nothing: the first bytes say it.
    Nothing,
}

/// Serves a connection until it ends.
pub(super) async fn serve(stream: Stream, link: Rc<Link>, negotiated: Negotiated, codec: Codec) {
    match (negotiated, codec) {
        (Negotiated::Http2, _) => {
            Box::pin(hyper::http2(Wire::new(stream, Rc::clone(&link), Bytes::new()), link)).await;
        }
        (_, Codec::Hyper) => Box::pin(by_hyper(stream, link, negotiated)).await,
        (_, Codec::Weir) => {
            let may_be_http2 = negotiated == Negotiated::Nothing;
            ours(Client { stream, link, may_be_http2 }).await;
        }
    }
}

/// Serves a connection with our own codec.
async fn ours(mut client: Client) {
    loop {
        if !ready(&client).await {
            return;
        }
        let worker = Rc::clone(&client.link.worker);
        let mut runner = worker.runners.take();
        let after = runner.serve(client).await;
        worker.runners.give_back(runner);
        client = match after {
            After::Idle(client) => client,
            After::Closed(client) => return Box::pin(close(client.stream)).await,
            After::Linger(client) => return Box::pin(linger(client)).await,
            After::Http2(Client { stream, link, .. }, read) => {
                let wire = Wire::new(stream, Rc::clone(&link), read);
                return Box::pin(hyper::http2(wire, link)).await;
            }
            After::Tunnel(client, tunnel, read) => return Box::pin(tunnel.run(client.stream, read)).await,
        };
    }
}

/// Waits until there is something to read; `false` when the connection has waited for too long, or is to end.
async fn ready(client: &Client) -> bool {
    let Client { stream, link, .. } = client;
    poll_fn(|cx| {
        if stream.socket().poll_read_ready(cx).is_ready() {
            return Poll::Ready(true);
        }
        if link.poll_expired(cx).is_ready() {
            link.worker.counters.connection_cut(Cut::Idle);
            return Poll::Ready(false);
        }
        if link.worker.is_draining() { Poll::Ready(false) } else { Poll::Pending }
    })
    .await
}

/// Says goodbye where TLS wants it.
async fn close(mut stream: Stream) {
    if stream.is_tls() {
        // Best effort: whatever the socket takes at once.
        let _ = tokio::time::timeout(crate::clock::TICK, stream.shutdown()).await;
    }
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
        let compared = read.len().min(PREFACE.len());
        let is_http2 = PREFACE.get(..compared) == read.get(..compared);
        if !is_http2 || compared == PREFACE.len() {
            return Some((is_http2, read.freeze()));
        }
    }
}
