//! HTTP/2 connections, each shared by several lanes.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Mutex;

use super::connect::{ConnectError, Connector};

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
        let sender = open(connector).await?;
        *shared = Some(sender.clone());
        Ok(sender)
    }
}

/// A new connection; a task drives it until all its senders are gone or the worker's runtime ends.
pub(super) async fn open(connector: &Connector) -> Result<Sender, ConnectError> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_max_send_streams(1024)
        .handshake(connector.stream().await?)
        .await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an HTTP/2 connection ended early");
        }
    });
    Ok(sender)
}
