//! Upstreams: an honest one that tells what it was asked, and one that answers whatever bytes a test wants.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::pki;

/// A body of an honest upstream.
pub(crate) type Body = BoxBody<Bytes, Infallible>;
type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// What an upstream was told: method, target, Host, one more header and body of each request.
pub(crate) type Told = Arc<Mutex<Vec<String>>>;

/// An upstream that runs until it is dropped.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    requests: Arc<AtomicU64>,
    connections: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

/// Binds a port without listening there until this process ends, so that no other test gets it.
fn hold(address: SocketAddr) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let address = socket.local_addr().unwrap();
    std::mem::forget(socket);
    address
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// Requests that came.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Connections that came.
    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// Answers 200 with `name`, a line with method and target, and a line for each header.
    pub(crate) async fn echo(name: &'static str) -> Self {
        Self::serve(false, move |request| Box::pin(echo(name, request))).await
    }

    /// The same over HTTP/2.
    pub(crate) async fn echo_h2(name: &'static str) -> Self {
        Self::serve(true, move |request| Box::pin(echo(name, request))).await
    }

    /// Answers with this status and nothing else.
    pub(crate) async fn status(status: u16) -> Self {
        Self::serve(false, move |_| {
            Box::pin(async move { Response::builder().status(status).body(full("")).unwrap() })
        })
        .await
    }

    /// Answers with this status, and remembers what it was told.
    pub(crate) async fn told(status: u16, header: &'static str) -> (Self, Told) {
        let told = Told::default();
        let tell = Arc::clone(&told);
        let upstream = Self::serve(false, move |request| {
            let tell = Arc::clone(&tell);
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let field = |name| parts.headers.get(name).map_or("", |value| value.to_str().unwrap());
                let (host, value) = (field("host"), field(header));
                let body = String::from_utf8_lossy(&body);
                tell.lock().unwrap().push(format!("{} {} {host} {value} {body}", parts.method, parts.uri));
                Response::builder().status(status).body(full("nobody reads this")).unwrap()
            })
        })
        .await;
        (upstream, told)
    }

    /// Answers as `answer` says.
    pub(crate) async fn serve(
        h2: bool,
        answer: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        Self::listen(move |stream, requests| {
            let answer = Arc::clone(&answer);
            async move {
                converse(stream, h2, move |request| {
                    requests.fetch_add(1, Ordering::SeqCst);
                    answer(request)
                })
                .await;
            }
        })
        .await
    }

    /// Answers like [`Self::echo`] over TLS, with what the handshake was about in the header `x-tls`.
    pub(crate) async fn echo_tls(name: &'static str, config: &Arc<rustls::ServerConfig>) -> Self {
        let acceptor = TlsAcceptor::from(Arc::clone(config));
        let h2 = config.alpn_protocols.iter().any(|protocol| protocol == b"h2");
        Self::listen(move |stream, requests| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let about = pki::about(stream.get_ref().1);
                converse(stream, h2, move |mut request: Request<Incoming>| {
                    requests.fetch_add(1, Ordering::SeqCst);
                    request.headers_mut().insert("x-tls", about.parse().unwrap());
                    echo(name, request)
                })
                .await;
            }
        })
        .await
    }

    /// Does what `script` says over TLS, from the end of the handshake on.
    pub(crate) async fn scripted_tls<F>(
        config: &Arc<rustls::ServerConfig>,
        script: impl Fn(TlsStream<TcpStream>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (acceptor, script) = (TlsAcceptor::from(Arc::clone(config)), Arc::new(script));
        Self::listen(move |stream, _| {
            let (acceptor, script) = (acceptor.clone(), Arc::clone(&script));
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    script(stream).await;
                }
            }
        })
        .await
    }

    /// Reads the head of a request, sends these bytes and closes; once a connection.
    pub(crate) async fn raw(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<Vec<u8>> = Arc::new(answer.into());
        Self::scripted(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// Reads the head of a request, then does what `script` says.
    pub(crate) async fn scripted<F>(script: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let script = Arc::new(script);
        Self::listen(move |mut stream, requests| {
            let script = Arc::clone(&script);
            async move {
                let mut head = Vec::new();
                while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                    let mut buffer = [0; 4096];
                    match stream.read(&mut buffer).await {
                        Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
                        _ => return,
                    }
                }
                requests.fetch_add(1, Ordering::SeqCst);
                script(stream).await;
            }
        })
        .await
    }

    /// Reads the head of a request and says nothing, ever.
    pub(crate) async fn silent() -> Self {
        Self::scripted(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
        .await
    }

    /// An address where nobody listens, and no other test ever does.
    pub(crate) fn nowhere() -> SocketAddr {
        hold("127.0.0.1:0".parse().unwrap())
    }

    /// Ends it, with its connections; nobody listens at its address any more.
    pub(crate) async fn end(mut self) {
        self.task.abort();
        drop((&mut self.task).await);
        hold(self.address);
    }

    async fn listen<F>(serve: impl Fn(TcpStream, Arc<AtomicU64>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (count, accepted) = (Arc::clone(&requests), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            let mut serving = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                accepted.fetch_add(1, Ordering::SeqCst);
                serving.spawn(serve(stream, Arc::clone(&count)));
            }
        });
        Self { address, requests, connections, task }
    }
}

/// Answers what comes on one connection.
async fn converse<S, F>(stream: S, h2: bool, answer: impl Fn(Request<Incoming>) -> F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(|request| {
        let answering = answer(request);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let io = TokioIo::new(stream);
    let _ = if h2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
    };
}

/// A body that is known in full.
pub(crate) fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed()
}

async fn echo(name: &str, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let shown = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut lines = vec![name.to_owned(), format!("{} {}", parts.method, parts.uri)];
    lines.extend(parts.headers.iter().map(|(name, value)| format!("{name}: {}", shown(value))));
    match body.collect().await {
        Ok(body) => {
            let trailers = body.trailers().into_iter().flatten();
            lines.extend(trailers.map(|(name, value)| format!("trailer {name}: {}", shown(value))));
            lines.push(format!("body {}", String::from_utf8_lossy(&body.to_bytes())));
        }
        Err(error) => lines.push(format!("no body: {error}")),
    }
    Response::new(full(lines.join("\n") + "\n"))
}
