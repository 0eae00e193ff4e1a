//! Listens, accepts, and runs one task a connection until it closes or the server stops.

use std::{future::Future, io, net::SocketAddr, pin::pin, time::Duration};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::ServeError;

/// Connections the kernel holds for us between two accepts.
const BACKLOG: u32 = 4096;

/// How long to wait when accepting fails, which is when file descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A bound listener that does not accept yet.
pub(super) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds, so that the address is known before anything is served.
pub(super) fn bind(address: SocketAddr) -> Result<Listener, ServeError> {
    let open = || -> io::Result<Listener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Listener { listener, address })
    };
    open().map_err(|source| ServeError::Bind(address, source))
}

impl Listener {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` turns true and the last connection has finished.
    pub(super) async fn serve<S, F, B, E>(self, respond: S, mut stop: watch::Receiver<bool>)
    where
        S: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Result<Response<B>, E>> + Send + 'static,
        B: Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let mut connections = JoinSet::new();
        let connection_stop = stop.clone();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, respond.clone(), connection_stop.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = asked(&mut stop) => break,
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }
}

/// Waits until the server is asked to stop, or is gone.
async fn asked(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn connection<S, F, B, E>(stream: TcpStream, respond: S, mut stop: watch::Receiver<bool>)
where
    S: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "connection was gone before it was served");
        return;
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Half-close: a client that shuts its sending side still wants its answer. Pipelined requests are answered in one write.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).half_close(true).pipeline_flush(true);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(1024);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service_fn(respond)));
    let mut ended = tokio::select! {
        ended = serving.as_mut() => Some(ended),
        () = asked(&mut stop) => None,
    };
    if ended.is_none() {
        serving.as_mut().graceful_shutdown();
        ended = Some(serving.await);
    }
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}
