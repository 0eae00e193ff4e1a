//! HTTP/2 connections, each shared by several lanes.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderName;
use http_body_util::Full;
use hyper::client::conn::http2::SendRequest;
use tokio::sync::Mutex;

use super::{
    connect::{ConnectError, Connector},
    exchange::{Answer, Outgoing},
};

/// The sending half of a connection.
pub(super) type Sender = SendRequest<Full<Bytes>>;

/// One connection that is made again when it has closed; the lock keeps its lanes from all doing so at once.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Option<Sender>>);

impl Shared {
    pub(super) fn new(sender: Option<Sender>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(sender)))
    }

    /// A sender of the open connection, which is made first if need be.
    pub(super) async fn sender(&self, connector: &Connector) -> Result<Sender, ConnectError> {
        let mut shared = self.0.lock().await;
        if let Some(sender) = shared.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let sender = connector.http2().await?;
        *shared = Some(sender.clone());
        Ok(sender)
    }
}

/// Sends a request and reads its answer. `Err` gives back a request of which nothing was written.
pub(super) async fn exchange(
    sender: &mut Sender,
    request: Outgoing,
    group_by: Option<&HeaderName>,
) -> Result<Answer, Outgoing> {
    match sender.try_send_request(request).await {
        Ok(response) => Ok(Answer::read(Ok(response), group_by).await),
        Err(mut error) => match error.take_message() {
            Some(request) => Err(request),
            None => Ok(Answer::read(Err(error.into_error()), group_by).await),
        },
    }
}
