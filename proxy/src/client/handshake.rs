//! The TLS handshake of one connection, limited in time.

use std::io;
use std::sync::Arc;

use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::hyper;
use super::link::Link;
use crate::stream::Stream;
use crate::tls::clients::Shown;

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

async fn accept(stream: TcpStream, tls: &TlsAcceptor, link: &Link) -> io::Result<TlsStream<TcpStream>> {
    // Where no host asks its clients, the host that this one wants makes no difference yet.
    if link.worker.shared.clients.is_empty() {
        return tls.accept(stream).await;
    }
    Box::pin(ask(stream, tls, link)).await
}

/// Asks for a certificate, if the host that the client wants does.
async fn ask(stream: TcpStream, tls: &TlsAcceptor, link: &Link) -> io::Result<TlsStream<TcpStream>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let host = start.client_hello().server_name().map(str::to_ascii_lowercase);
    let host = host.as_deref().map(|host| host.strip_suffix('.').unwrap_or(host));
    let asking = host.and_then(|host| {
        let routes = link.worker.routes();
        let vouching = link.worker.shared.clients.get(&routes.table.client_tls(host)?.secret)?;
        Some((host, vouching))
    });
    let Some((host, vouching)) = asking else { return start.into_stream(Arc::clone(tls.config())).await };
    let stream = start.into_stream(Arc::clone(&vouching.config)).await?;
    link.show(Shown::new(host, stream.get_ref().1.peer_certificates()));
    Ok(stream)
}

/// A TLS connection, if the handshake comes to its end in time.
pub(super) async fn shake(stream: TcpStream, tls: &TlsAcceptor, link: &Link) -> Option<(Stream, Negotiated)> {
    let shaken = tokio::select! {
        shaken = accept(stream, tls, link) => shaken.map_err(|error| tracing::debug!(client = %link.client, %error, "TLS handshake failed")),
        cut = hyper::cut(link) => {
            link.worker.counters.connection_cut(cut);
            Err(())
        }
    };
    let Ok(stream) = shaken else {
        link.worker.counters.handshake_failed.raise();
        return None;
    };
    let negotiated = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Negotiated::Http2,
        Some(_) => Negotiated::Http1,
        None => Negotiated::Nothing,
    };
    Some((Stream::Tls(Box::new(stream.into())), negotiated))
}
