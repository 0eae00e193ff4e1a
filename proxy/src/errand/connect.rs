//! A new connection to an origin.
//!
//! As in ingress-nginx a server's certificate is not held against any authority: it is named in the handshake, and must hold the key of what it shows.

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pool::Sender;
use super::{Failure, Origin};
use crate::clock::Clock;
use crate::names::Names;
use crate::scheme::Scheme;
use crate::tasks::Tasks;
use crate::tls::trust;

/// Bytes of the head of an answer.
const MOST_HEAD: usize = 64 * 1024;
/// Fields of it.
const MOST_FIELDS: usize = 128;

/// What new connections are made with.
pub(super) struct Connector {
    clock: Rc<Clock>,
    tasks: Tasks,
    names: Rc<Names>,
    /// Shared by all, so that sessions are resumed. Made when it is needed first; none: it cannot be.
    tls: OnceCell<Option<TlsConnector>>,
}

impl Connector {
    pub(super) fn new(clock: Rc<Clock>, tasks: Tasks, names: Rc<Names>) -> Self {
        Self { clock, tasks, names, tls: OnceCell::new() }
    }

    /// Connects to one of the origin's addresses, in their order.
    pub(super) async fn connect(&self, origin: &Origin, patience: Duration) -> Result<Sender, Failure> {
        let deadline = self.clock.deadline();
        deadline.arm(patience);
        let connecting = async {
            let addresses = self.names.resolve(&origin.host, origin.port).await?;
            let stream = tcp(origin, &addresses).await?;
            match origin.scheme {
                Scheme::Http => speak(&self.tasks, stream).await,
                Scheme::Https => speak(&self.tasks, self.shake(origin, stream).await?).await,
            }
        };
        tokio::select! {
            connected = connecting => connected,
            () = deadline.expired() => Err(Failure::Timeout),
        }
    }

    async fn shake(&self, origin: &Origin, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        let name = ServerName::try_from(origin.host.to_string()).map_err(|_| Failure::Tls)?;
        let connector = self.tls.get_or_init(connector).as_ref().ok_or(Failure::Tls)?;
        connector.connect(name, stream).await.map_err(|error| {
            tracing::debug!(%origin, %error, "no TLS for an errand");
            Failure::Tls
        })
    }
}

fn connector() -> Option<TlsConnector> {
    let config = trust::unverified().inspect_err(|error| tracing::error!(%error, "no TLS for errands"));
    let mut config = config.ok()?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(TlsConnector::from(Arc::new(config)))
}

async fn tcp(origin: &Origin, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it small requests wait for acknowledgements; failing to set it only makes them slow.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => tracing::debug!(%origin, %address, %error, "no connection for an errand"),
        }
    }
    Err(Failure::Connect)
}

async fn speak<S>(tasks: &Tasks, stream: S) -> Result<Sender, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_FIELDS)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| Failure::Connect)?;
    tasks.spawn_upstream(async move {
        if let Err(error) = connection.await {
            tracing::trace!(%error, "a connection for errands ended");
        }
    });
    Ok(sender)
}
