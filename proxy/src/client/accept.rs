//! Accepting connections: back-off when the machine has no more files, a cap on connections, and an end at drain.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::connection::Connection;
use super::link::Link;
use super::proxied::Ends;
use crate::config::Listen;
use crate::scheme::Scheme;
use crate::worker::Worker;

/// First wait after accepting failed; doubles up to [`BACK_OFF_MAX`].
const BACK_OFF_FIRST: Duration = Duration::from_millis(5);
/// Longest wait after accepting failed.
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// What is spoken on a listener.
#[derive(Clone)]
pub(crate) struct Speaks {
    /// TLS, where it is a TLS listener.
    pub(crate) tls: Option<TlsAcceptor>,
    /// How it was asked for.
    pub(crate) listen: Listen,
}

/// Accepts until the worker drains.
pub(crate) async fn serve(listener: TcpListener, speaks: Speaks, worker: Rc<Worker>) {
    let Ok(local) = listener.local_addr() else { return };
    let mut back_off = BACK_OFF_FIRST;
    while !worker.is_draining() {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = worker.drain.notified() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                back_off = BACK_OFF_FIRST;
                admit(&worker, stream, peer, local, speaks.clone());
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, ?back_off, "cannot accept connections");
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(BACK_OFF_MAX);
            }
        }
    }
    // What is in the backlog was promised service: closing the listener would reset it.
    while let Some((stream, peer)) = pending(&listener).await {
        admit(&worker, stream, peer, local, speaks.clone());
    }
}

/// A connection that waits in the backlog, if there is one.
async fn pending(listener: &TcpListener) -> Option<(TcpStream, std::net::SocketAddr)> {
    poll_fn(|cx| match listener.poll_accept(cx) {
        Poll::Ready(Ok(accepted)) => Poll::Ready(Some(accepted)),
        Poll::Ready(Err(_)) | Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Whether it is the connection that failed, not the accepting.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn admit(
    worker: &Rc<Worker>,
    stream: TcpStream,
    peer: std::net::SocketAddr,
    local: std::net::SocketAddr,
    speaks: Speaks,
) {
    let Some(admitted) = worker.admit() else { return };
    // Without it small answers wait for acknowledgements; failing to set it only makes them slow.
    let _ = stream.set_nodelay(true);
    let Speaks { tls, listen: Listen { codec, introduced, address: _ } } = speaks;
    if introduced {
        let ends = Ends { peer, local };
        worker.tasks.spawn(Connection::introduced(stream, tls, ends, Rc::clone(worker), codec, admitted));
        return;
    }
    let scheme = if tls.is_some() { Scheme::Https } else { Scheme::Http };
    let link = Link::new(Rc::clone(worker), peer, local, scheme);
    worker.tasks.spawn(match tls {
        None => Connection::plain(stream, link, codec, admitted),
        Some(tls) => Connection::tls(stream, tls, link, codec, admitted),
    });
}
