//! One client of everybody who is asked by HTTP: limits, certificates, and what went wrong told apart by whether the other side may have heard of it.
//!
//! ```text
//! distrust   why a certificate does not convince, and who mends that
//! ```

mod distrust;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Error as Failed};
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub use distrust::Distrust;

/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// A client; its clones have the same connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Why nobody can be asked by HTTPS.
    trusts_nobody: Option<String>,
}

/// What one call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the last byte of the answer.
    pub deadline: Duration,
    /// Of the answer's body, bytes.
    pub body_bytes: usize,
}

/// What was answered, whatever its status. Redirects are answers: nobody follows them.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// This machine trusts nobody.
    #[error("the certificates that this machine trusts cannot be read, and https needs them: {0}")]
    Untrusting(String),
    /// The certificate of the other side does not convince this machine: it has not been told anything.
    #[error("{0}")]
    Untrusted(Distrust),
    /// There was no connection: the other side has not heard of it.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke: the other side may have heard of it.
    #[error("the connection broke before all of the answer was there: {0}")]
    Broken(String),
    /// There was no answer in time: the other side may have heard of it.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// The answer is longer than it may be.
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
}

impl Client {
    /// A client that trusts whom this machine trusts. Where it trusts nobody, as in an image without certificates, plain HTTP is left.
    ///
    /// # Errors
    /// TLS is not to be had.
    pub fn new() -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECTED_WITHIN));
        tcp.set_nodelay(true);
        let provider = aws_lc_rs::default_provider;
        let trusting = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider());
        let (trusting, trusts_nobody) = match trusting {
            Ok(trusting) => (trusting, None),
            Err(error) => {
                let nobody = ClientConfig::builder_with_provider(Arc::new(provider()))
                    .with_safe_default_protocol_versions()
                    .map_err(|error| error.to_string())?
                    .with_root_certificates(RootCertStore::empty())
                    .with_no_client_auth();
                (HttpsConnectorBuilder::new().with_tls_config(nobody), Some(error.to_string()))
            }
        };
        let connector = trusting.https_or_http().enable_http1().wrap_connector(tcp);
        Ok(Self { inner: legacy::Client::builder(TokioExecutor::new()).build(connector), trusts_nobody })
    }

    /// Asks once.
    ///
    /// # Errors
    /// There is no answer, or it is too long.
    pub async fn call(&self, request: Request<Bytes>, limits: Limits) -> Result<Answer, CallError> {
        if let Some(why) =
            self.trusts_nobody.as_ref().filter(|_| request.uri().scheme() == Some(&Scheme::HTTPS))
        {
            return Err(CallError::Untrusting(why.clone()));
        }
        let answered = tokio::time::timeout(limits.deadline, self.answer(request, limits.body_bytes));
        answered.await.unwrap_or(Err(CallError::Late(limits.deadline)))
    }

    async fn answer(&self, request: Request<Bytes>, body_bytes: usize) -> Result<Answer, CallError> {
        let response = self.inner.request(request.map(Full::new)).await.map_err(no_answer)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, body_bytes).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                CallError::TooLong(body_bytes)
            } else {
                CallError::Broken(causes(error.as_ref()))
            }
        })?;
        Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn no_answer(error: Failed) -> CallError {
    if let Some(distrust) = Distrust::among_causes(&error) {
        return CallError::Untrusted(distrust);
    }
    let said = causes(&error);
    if error.is_connect() { CallError::Unreachable(said) } else { CallError::Broken(said) }
}

/// An error with its causes; what a cause says that was said already is left out.
#[must_use]
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
