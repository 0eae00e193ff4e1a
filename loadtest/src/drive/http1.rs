//! One HTTP/1.1 connection, driven by the lane that owns it: no task besides, no wake-up across tasks for a request.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderName;
use http_body_util::Full;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::{
    connect::{ConnectError, Connector},
    exchange::{Answer, Outgoing},
    stream::Stream,
};

/// The half that moves bytes; `None` once it has closed.
type Driven = Option<Pin<Box<Connection<TokioIo<Stream>, Full<Bytes>>>>>;

/// A connection with its sending half.
pub(super) struct Http1 {
    sender: SendRequest<Full<Bytes>>,
    connection: Driven,
}

impl Http1 {
    /// A new connection.
    pub(super) async fn open(connector: &Connector) -> Result<Self, ConnectError> {
        let (sender, connection) = http1::handshake(connector.stream().await?).await?;
        Ok(Self { sender, connection: Some(Box::pin(connection)) })
    }

    /// Lets the connection work; false once it has closed.
    pub(super) fn poll_open(&mut self, cx: &mut Context<'_>) -> bool {
        poll_connection(&mut self.connection, cx)
    }

    /// Waits until a request can be sent; false if the connection has closed.
    pub(super) async fn ready(&mut self) -> bool {
        let Self { sender, connection } = self;
        alongside(connection, poll_fn(|cx| sender.poll_ready(cx))).await.is_ok()
    }

    /// Sends a request and reads its answer. `Err` gives back a request of which nothing was written.
    pub(super) async fn exchange(
        &mut self,
        request: Outgoing,
        group_by: Option<&HeaderName>,
    ) -> Result<Answer, Outgoing> {
        let Self { sender, connection } = self;
        alongside(connection, Answer::of(sender.try_send_request(request), group_by)).await
    }
}

fn poll_connection(connection: &mut Driven, cx: &mut Context<'_>) -> bool {
    if let Some(open) = connection
        && open.as_mut().poll(cx).is_ready()
    {
        *connection = None;
    }
    connection.is_some()
}

/// Drives the connection until the future is done; a closed connection shows in the future's result.
async fn alongside<F: Future>(connection: &mut Driven, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(output);
        }
        poll_connection(connection, cx);
        // Once more: what the connection has just read would otherwise wait for another turn of the scheduler.
        future.as_mut().poll(cx)
    })
    .await
}
