//! Accepts connections and serves HTTP/1.1 on them, until it is told to end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest that a handshake, and the head of a request, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer takes milliseconds; who does not read it in time goes without.
const LAST: Duration = Duration::from_secs(1);
/// Connections at once; others wait to be accepted.
const CONNECTIONS: usize = 256;

/// Where connections come from.
#[derive(Debug)]
pub enum Listener {
    /// An address.
    Tcp(TcpListener),
    /// A file: whoever may open it may ask.
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it is; `None`: on this machine, by a file.
    pub address: Option<SocketAddr>,
    /// The certificate that it proved to have, in DER.
    pub certificate: Option<Vec<u8>>,
}

/// TLS of a listener; what it is may change while it listens.
pub type Tls = Arc<ArcSwap<ServerConfig>>;

/// Serves until `stop`.
pub async fn listen<A, F>(listener: impl Into<Listener>, tls: Option<Tls>, stop: CancellationToken, answer: A)
where
    A: Fn(Request<Incoming>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    listen_to_many(listener, tls, CONNECTIONS, stop, answer).await;
}

/// The same with so many connections at once; others wait to be accepted.
pub async fn listen_to_many<A, F>(
    listener: impl Into<Listener>,
    tls: Option<Tls>,
    most: usize,
    stop: CancellationToken,
    answer: A,
) where
    A: Fn(Request<Incoming>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let (listener, answer, connections) = (listener.into(), Arc::new(answer), TaskTracker::new());
    let places = Arc::new(Semaphore::new(most));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else {
            // Out of file descriptors, mostly: some will come back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (tls, stop, answer) =
            (tls.as_ref().map(|tls| tls.load_full()), stop.clone(), Arc::clone(&answer));
        connections.spawn(async move {
            let _place = place;
            match tls {
                None => one(stream, Peer { address, certificate: None }, stop, answer).await,
                Some(tls) => {
                    let handshake = TlsAcceptor::from(tls).accept(stream);
                    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, handshake).await else { return };
                    let certificates = stream.get_ref().1.peer_certificates();
                    let certificate =
                        certificates.and_then(|all| all.first()).map(|first| first.as_ref().to_vec());
                    one(stream, Peer { address, certificate }, stop, answer).await;
                }
            }
        });
    }
    connections.close();
    let _late = tokio::time::timeout(LAST, connections.wait()).await;
}

type Place = tokio::sync::OwnedSemaphorePermit;

type Accepted = (Box<dyn Stream>, Option<SocketAddr>, Place);

/// What bytes come and go by.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn accept(listener: &Listener, places: &Arc<Semaphore>) -> Option<Accepted> {
    // Nobody closes it.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await.ok()?;
            Some((Box::new(stream), Some(address), place))
        }
        Listener::Unix(listener) => {
            let (stream, _) = listener.accept().await.ok()?;
            Some((Box::new(stream), None, place))
        }
    }
}

/// Serves one connection until its end, or until `stop` and the end of the request at hand.
async fn one<S, A, F>(stream: S, peer: Peer, stop: CancellationToken, answer: Arc<A>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request<Incoming>, Peer) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    let service = service_fn(|request| {
        let answered = answer(request, peer.clone());
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // The peer's errors are the peer's.
        _ended = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ended = connection.await;
        }
    }
}
