//! A new connection to an endpoint. This is the only place where the client side of hyper is configured.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::client::conn::http2;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::io::Errno;
use tokio::net::TcpStream;
use weir_routing::Protocol;

use super::endpoint::SharedHttp2;
use super::lease::Connection;
use super::{Endpoint, Endpoints, secured};
use crate::error::Failure;
use crate::stream::Stream;
use crate::tasks::Tasks;

/// HTTP/2 window of one response, in bytes.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// HTTP/2 window of all responses of one connection, in bytes.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// A connection, or why there is none. The endpoint is put aside where it refuses.
async fn open(
    endpoints: &Endpoints,
    endpoint: &Endpoint,
    patience: Option<Duration>,
) -> Result<Stream, Failure> {
    endpoints.counters.connects.raise();
    let deadline = endpoints.clock.deadline();
    deadline.arm(patience.unwrap_or(endpoints.config.timeouts.connect_timeout));
    let connected = tokio::select! {
        connected = connect(endpoints, endpoint) => connected,
        () = deadline.expired() => Err(Failure::ConnectTimeout),
    };
    match connected {
        Ok(stream) => {
            endpoint.reached();
            Ok(stream)
        }
        Err(failure) => {
            endpoints.counters.connects_failed.raise();
            if !matches!(failure, Failure::Exhausted | Failure::Credentials) {
                endpoint.refused(endpoints.clock.now());
            }
            Err(failure)
        }
    }
}

async fn connect(endpoints: &Endpoints, endpoint: &Endpoint) -> Result<Stream, Failure> {
    let dial = match &endpoint.secured {
        Some(secured) => Some(secured.dial(endpoints, endpoint)?),
        None => None,
    };
    let stream = TcpStream::connect(endpoint.address).await.map_err(|error| {
        tracing::debug!(endpoint = %endpoint.address, %error, "no connection");
        blamed(&error)
    })?;
    // Without it small requests wait for acknowledgements; failing to set it only makes them slow.
    let _ = stream.set_nodelay(true);
    match dial {
        None => Ok(Stream::Plain(stream)),
        Some(dial) => Box::pin(secured::shake(endpoints, endpoint, &dial, stream)).await,
    }
}

/// Whether it is the endpoint that cannot be reached, or this machine that has nothing left to reach it with.
fn blamed(error: &std::io::Error) -> Failure {
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM | Errno::ADDRNOTAVAIL) => {
            Failure::Exhausted
        }
        Some(_) | None => Failure::Connect,
    }
}

/// A new connection, as the endpoint is spoken to. HTTP/2 is shared, so that may be one that was made meanwhile.
pub(super) async fn to(
    endpoints: &Endpoints,
    endpoint: &Endpoint,
    patience: Option<Duration>,
) -> Result<Connection, Failure> {
    match endpoint.protocol {
        Protocol::Http1 => open(endpoints, endpoint, patience).await.map(Connection::Http1),
        Protocol::Http2 => http2(endpoints, endpoint, patience).await.map(Connection::Http2),
    }
}

/// An HTTP/2 connection with room: one that was made meanwhile, or a new one.
async fn http2(
    endpoints: &Endpoints,
    endpoint: &Endpoint,
    patience: Option<Duration>,
) -> Result<SharedHttp2, Failure> {
    let _making = endpoint.making.lock().await;
    if let Some(made) = endpoint.join() {
        return Ok(made);
    }
    let stream = open(endpoints, endpoint, patience).await?;
    let keep_alive = endpoints.config.timeouts.h2_keep_alive;
    let (sender, connection) = http2::Builder::new(LocalExecutor(endpoints.tasks.clone()))
        .timer(TokioTimer::new())
        .keep_alive_interval(keep_alive)
        .keep_alive_timeout(keep_alive)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(endpoints.config.limits.max_header_bytes)
        .max_send_buf_size(64 * 1024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Failure::Connect)?;
    let allowed = Rc::new(Cell::new(connection.current_max_send_streams()));
    let told = Rc::clone(&allowed);
    endpoints.tasks.spawn_upstream(async move {
        let mut connection = pin!(connection);
        let ended = poll_fn(|cx| {
            let polled = connection.as_mut().poll(cx);
            told.set(connection.current_max_send_streams());
            polled
        });
        if let Err(error) = ended.await {
            tracing::trace!(%error, "upstream connection ended");
        }
    });
    let until = Rc::new(Cell::new(endpoints.clock.now() + endpoints.config.timeouts.upstream_idle_timeout));
    let connection = SharedHttp2 { sender, streams: Rc::default(), allowed, until };
    endpoint.share(connection.clone());
    Ok(connection)
}

/// Runs what hyper's HTTP/2 client spawns on the worker's own thread.
///
/// In a box: a request's future is as large as that of its connection, since hyper has one type for both, and would be moved at each step from
/// here into its task, and once more at its end.
#[derive(Clone)]
struct LocalExecutor(Tasks);

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, task: F) {
        self.0.spawn_upstream(Box::pin(task));
    }
}

#[cfg(test)]
mod tests {
    use super::{Errno, Failure, blamed};

    #[test]
    fn a_machine_without_files_or_ports_is_not_the_endpoints_fault() {
        for (errno, failure) in [
            (Errno::MFILE, Failure::Exhausted),
            (Errno::ADDRNOTAVAIL, Failure::Exhausted),
            (Errno::CONNREFUSED, Failure::Connect),
            (Errno::HOSTUNREACH, Failure::Connect),
        ] {
            assert_eq!(blamed(&errno.into()), failure, "{errno}");
        }
    }
}
