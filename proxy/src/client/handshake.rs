//! The TLS handshake of one connection, limited in time.

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::connection::Negotiated;
use super::hyper;
use super::link::Link;
use super::stream::Stream;

/// A TLS connection, if the handshake comes to its end in time.
pub(super) async fn shake(stream: TcpStream, tls: &TlsAcceptor, link: &Link) -> Option<(Stream, Negotiated)> {
    let shaken = tokio::select! {
        shaken = tls.accept(stream) => shaken.map_err(|error| tracing::debug!(client = %link.client, %error, "TLS handshake failed")),
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
    Some((Stream::Tls(Box::new(stream)), negotiated))
}
