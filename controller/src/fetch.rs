//! One HTTP/1.1 GET, bounded in time and size: for reports and for probes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Host and port of a plain HTTP server. Read from `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    authority: String,
}

/// A text that is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the address of a proxy's admin port: write it as http://127.0.0.1:9901")]
pub struct InvalidTarget(String);

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let invalid = || InvalidTarget(text.to_owned());
        let authority = text.strip_prefix("http://").ok_or_else(invalid)?.trim_end_matches('/');
        let parsed: http::uri::Authority = authority.parse().map_err(|_| invalid())?;
        if parsed.port_u16().is_none() || authority.contains('@') {
            return Err(invalid());
        }
        Ok(Self { authority: authority.to_owned() })
    }
}

impl From<std::net::SocketAddr> for Target {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { authority: address.to_string() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

/// Why a GET has no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(#[source] std::io::Error),
    /// The connection broke, or what came was not HTTP.
    #[error("the connection broke: {0}")]
    Http(#[source] hyper::Error),
    /// The request cannot be written down.
    #[error("not a usable path: {0}")]
    Request(#[source] http::Error),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The body broke off.
    #[error("the answer broke off: {0}")]
    Body(String),
    /// No whole answer in time.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
}

/// Status and body of a GET.
pub async fn get(
    target: &Target,
    path: &str,
    deadline: Duration,
    most: usize,
) -> Result<(u16, Bytes), FetchError> {
    tokio::time::timeout(deadline, exchange(target, path, most))
        .await
        .unwrap_or(Err(FetchError::Deadline(deadline)))
}

async fn exchange(target: &Target, path: &str, most: usize) -> Result<(u16, Bytes), FetchError> {
    let stream = TcpStream::connect(&target.authority).await.map_err(FetchError::Connect)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(FetchError::Http)?;
    let request = http::Request::get(path)
        .header(http::header::HOST, &target.authority)
        .header(http::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(FetchError::Request)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(FetchError::Http)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), most).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                FetchError::TooLarge(most)
            } else {
                FetchError::Body(error.to_string())
            }
        })?;
        Ok((status, body.to_bytes()))
    };
    // The connection has to be driven while the answer is awaited; it ends with the answer.
    tokio::pin!(answer);
    tokio::pin!(connection);
    tokio::select! {
        answer = &mut answer => answer,
        ended = &mut connection => match ended {
            Err(error) => Err(FetchError::Http(error)),
            Ok(()) => answer.await,
        },
    }
}
