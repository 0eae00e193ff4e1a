//! hyper's server on one client connection, cut when the link says so: HTTP/2, and HTTP/1.1 where a listener asks for it.
//!
//! This is the only place where the server side of hyper is configured. hyper's own timers are off, except for HTTP/2 pings.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use http::{HeaderValue, StatusCode, header};
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;

use super::link::Link;
use super::wire::Wire;
use crate::counters::Cut;
use crate::exchange;

/// What a client gets whose header section does not come to an end.
const SLOW_HEAD: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Resolves when the connection must be cut.
pub(super) async fn cut(link: &Link) -> Cut {
    poll_fn(|cx| link.poll_cut(cx)).await
}

/// Serves HTTP/1.1.
pub(super) async fn http1(wire: Wire, link: Rc<Link>) {
    let limits = &link.worker.config.limits;
    let service = service_fn({
        let link = Rc::clone(&link);
        // Requests come one after the other, so one deadline serves them all.
        let deadline = Rc::new(link.worker.clock.deadline());
        move |request| {
            let (link, deadline) = (Rc::clone(&link), Rc::clone(&deadline));
            async move {
                let mut response = exchange::hyper::respond(Rc::clone(&link), deadline, request).await?;
                if !link.worker.keeps_connections() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        }
    });
    let mut connection = Box::pin(
        http1::Builder::new()
            .auto_date_header(false)
            .header_read_timeout(None)
            .max_headers(limits.max_headers)
            .max_header_size(usize::try_from(limits.max_header_bytes).unwrap_or(usize::MAX))
            .max_buf_size(limits.max_buffer_bytes)
            .serve_connection(TokioIo::new(wire), service),
    );
    let mut draining = false;
    let ended = poll_fn(|cx| {
        if !draining && link.worker.is_draining() {
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
        match connection.as_mut().poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Ok(ended)),
            Poll::Pending => link.poll_cut(cx).map(Err),
        }
    })
    .await;
    match ended {
        Ok(Ok(())) => {
            if let Some(tunnel) = link.take_tunnel() {
                let parts = Pin::into_inner(connection).into_parts();
                tunnel.run(parts.io.into_inner(), parts.read_buf).await;
            }
        }
        Ok(Err(error)) => tracing::debug!(client = %link.client, %error, "connection failed"),
        Err(cut) => {
            link.worker.counters.connection_cut(cut);
            if cut == Cut::SlowHead {
                let mut wire = Pin::into_inner(connection).into_parts().io.into_inner();
                // Best effort: whatever the socket takes at once.
                let _ = tokio::time::timeout(crate::clock::TICK, wire.write_all(SLOW_HEAD)).await;
            }
        }
    }
}

/// Serves HTTP/2.
pub(super) async fn http2(wire: Wire, link: Rc<Link>) {
    link.multiplex();
    let limits = &link.worker.config.limits;
    let keep_alive = link.worker.config.timeouts.h2_keep_alive;
    let service = service_fn({
        let link = Rc::clone(&link);
        move |request| {
            let stall = Rc::new(link.worker.clock.deadline());
            link.set_stall(Rc::clone(&stall));
            // In a box: hyper hands the stream's future on five times before it runs, and this is most of it.
            Box::pin(exchange::hyper::respond(Rc::clone(&link), stall, request))
        }
    });
    let connection = http2::Builder::new(StreamTasks(Rc::clone(&link)))
        .auto_date_header(false)
        .timer(TokioTimer::new())
        .keep_alive_interval(keep_alive)
        .keep_alive_timeout(keep_alive)
        .max_concurrent_streams(limits.h2_max_streams)
        .initial_stream_window_size(limits.h2_stream_window)
        .initial_connection_window_size(limits.h2_connection_window)
        .max_header_list_size(limits.max_header_bytes)
        .max_send_buf_size(64 * 1024)
        .max_local_error_reset_streams(100)
        .serve_connection(TokioIo::new(wire), service);
    let mut connection = pin!(connection);
    let mut ending = false;
    let ended = poll_fn(|cx| {
        if !ending && link.worker.is_draining() {
            ending = true;
            connection.as_mut().graceful_shutdown();
        }
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Ok(ended));
            }
            match link.poll_cut(cx) {
                // A GOAWAY first: a request that is just on its way is then known not to have been served.
                Poll::Ready(Cut::Idle) if !ending => {
                    ending = true;
                    link.linger();
                    connection.as_mut().graceful_shutdown();
                }
                Poll::Ready(cut) => return Poll::Ready(Err(cut)),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(client = %link.client, %error, "connection failed"),
        Err(cut) => link.worker.counters.connection_cut(cut),
    }
}

/// Runs what hyper's HTTP/2 server spawns: one task for each stream.
///
/// hyper spawns a stream's task right after calling the service, so the deadline that the service announced last is that stream's. A stream
/// whose client takes nothing is not polled by anybody; its task ends here, which resets the stream.
#[derive(Clone)]
struct StreamTasks(Rc<Link>);

impl<F: Future<Output = ()> + 'static> Executor<F> for StreamTasks {
    fn execute(&self, stream: F) {
        let tasks = &self.0.worker.tasks;
        match self.0.take_stall() {
            None => tasks.spawn(stream),
            Some(stall) => tasks.spawn(async move {
                tokio::select! {
                    biased;
                    () = stream => {}
                    () = stall.expired() => {}
                }
            }),
        }
    }
}
