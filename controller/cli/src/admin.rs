//! Requests to the admin ports of proxy and controller: small, local, with a deadline.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use weir_controller::admin::Refusal;

use crate::Misconfigured;

/// No admin answer takes longer than this.
const DEADLINE: Duration = Duration::from_secs(2);
/// No admin answer is larger than this.
const LIMIT_BYTES: usize = 64 << 20;

/// One admin port.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    address: SocketAddr,
}

/// Nobody answers there.
#[derive(Debug)]
pub struct Silent(SocketAddr);

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody answers at {}", self.0)
    }
}

impl Admin {
    /// The admin port at `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Whether `/readyz` answers 200.
    pub async fn ready(&self) -> bool {
        matches!(self.exchange(Method::GET, "/readyz").await, Ok((StatusCode::OK, _)))
    }

    /// The JSON document at `path`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let (status, body) = self.exchange(Method::GET, path).await?;
        if status != StatusCode::OK {
            return Err(refused(status, &body));
        }
        serde_json::from_slice(&body)
            .with_context(|| format!("{} {path}: not the expected document", self.address))
    }

    /// Asks for something; the answer's text.
    pub async fn post(&self, path: &str) -> Result<String> {
        let (status, body) = self.exchange(Method::POST, path).await?;
        if status.is_success() {
            return Ok(String::from_utf8_lossy(&body).trim().to_owned());
        }
        Err(refused(status, &body))
    }

    /// The status of the answer to a request for `host`, where this is no admin port but a service.
    pub async fn status(&self, host: &str, path: &str) -> Result<StatusCode> {
        self.request(Method::GET, host, path).await.map(|(status, _)| status)
    }

    async fn exchange(&self, method: Method, path: &str) -> Result<(StatusCode, Bytes)> {
        self.request(method, &self.address.to_string(), path).await
    }

    async fn request(&self, method: Method, host: &str, path: &str) -> Result<(StatusCode, Bytes)> {
        let exchange = async {
            let stream = TcpStream::connect(self.address).await?;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", host)
                .body(Empty::<Bytes>::new())?;
            let answer = async {
                let (head, body) = sender.send_request(request).await?.into_parts();
                let body =
                    Limited::new(body, LIMIT_BYTES).collect().await.map_err(anyhow::Error::from_boxed)?;
                anyhow::Ok((head.status, body.to_bytes()))
            };
            tokio::pin!(answer);
            tokio::select! {
                answer = &mut answer => answer,
                closed = connection => { closed?; answer.await }
            }
        };
        tokio::time::timeout(DEADLINE, exchange)
            .await
            .with_context(|| format!("no answer within {} s", DEADLINE.as_secs()))
            .flatten()
            .context(Silent(self.address))
    }
}

/// Why something was not answered; what is not there was named wrongly.
#[must_use]
pub fn refused(status: StatusCode, body: &[u8]) -> anyhow::Error {
    match serde_json::from_slice(body) {
        Ok(Refusal { error }) if status == StatusCode::NOT_FOUND => Misconfigured(error).into(),
        Ok(Refusal { error }) => anyhow!(error),
        Err(_) => anyhow!("{status}: {}", String::from_utf8_lossy(body).trim()),
    }
}
