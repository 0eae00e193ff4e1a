//! One question by HTTP: credentials, limits, asked again where that may help.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::credentials::Credentials;

/// Largest answer that is read, bytes.
const LARGEST: usize = 64 << 20;
/// Longest part of an answer that is told, characters.
const TOLD: usize = 2_000;

/// How often a question is put, and how long to wait in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in total, at least one.
    pub attempts: u32,
    /// Before the second attempt; doubled each time.
    pub first_wait: Duration,
    /// For one attempt.
    pub deadline: Duration,
}

impl Retry {
    /// Ten attempts, after 1, 2, 4 ... seconds: upstream's.
    pub const PATIENT: Self =
        Self { attempts: 10, first_wait: Duration::from_secs(1), deadline: Duration::from_secs(30) };
    /// Three attempts: somebody is waiting.
    pub const BRIEF: Self = Self { attempts: 3, ..Self::PATIENT };
}

/// What is asked of a server: a GET, or a POST where there is a body.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub uri: Uri,
    /// Header fields.
    pub fields: &'static [(&'static str, &'static str)],
    /// A JSON document, unless a field says otherwise.
    pub body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// The server's answer is no, with its words.
    Refused(String),
    /// There was none, however often it was tried.
    Unreachable(String),
}

/// A client of one server.
#[derive(Clone, Debug)]
pub struct HttpAsker {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Why nobody can be asked by HTTPS.
    trusts_nobody: Option<String>,
    credentials: Credentials,
    retry: Retry,
}

impl HttpAsker {
    /// A client that trusts whom this machine trusts. Where it trusts nobody, as in an image without certificates, plain HTTP is left.
    ///
    /// # Errors
    /// TLS is not to be had.
    pub fn new(credentials: Credentials, retry: Retry) -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(Duration::from_secs(5)));
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
                let why = format!(
                    "the certificates that this machine trusts cannot be read, and https needs them: {error}"
                );
                (HttpsConnectorBuilder::new().with_tls_config(nobody), Some(why))
            }
        };
        let connector = trusting.https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, trusts_nobody, credentials, retry })
    }

    /// The body of the answer. Asked again after what may pass: no connection, a 5xx, 408 and 429; a question changes nothing, so a POST is as well.
    ///
    /// # Errors
    /// The server refuses, or never answers.
    pub async fn ask(&self, request: &Request) -> Result<Bytes, AskError> {
        if let Some(why) =
            self.trusts_nobody.as_ref().filter(|_| request.uri.scheme() == Some(&Scheme::HTTPS))
        {
            return Err(AskError::Unreachable(why.clone()));
        }
        let mut wait = self.retry.first_wait;
        let mut attempt = 1;
        loop {
            let said = match tokio::time::timeout(self.retry.deadline, self.once(request)).await {
                Ok(Ok((status, body))) if status.is_success() => return Ok(body),
                Ok(Ok((status, body))) => {
                    let said = format!("{status}: {}", self.credentials.hidden(&beginning(&body)));
                    let may_pass = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
                    if !may_pass && !is_throttled(&said) {
                        return Err(AskError::Refused(said));
                    }
                    said
                }
                Ok(Err(error)) => error,
                Err(_) => format!("no answer within {:?}", self.retry.deadline),
            };
            if attempt >= self.retry.attempts {
                return Err(AskError::Unreachable(format!("{said} (tried {attempt} times)")));
            }
            tracing::debug!(attempt, %said, "asked again");
            tokio::time::sleep(wait).await;
            (attempt, wait) = (attempt + 1, wait.saturating_mul(2));
        }
    }

    /// What a server said in a success, without the secrets that it repeats.
    pub(super) fn hidden(&self, said: &str) -> String {
        self.credentials.hidden(said)
    }

    async fn once(&self, request: &Request) -> Result<(StatusCode, Bytes), String> {
        let request = self.request(request).map_err(|error| error.to_string())?;
        let response = self.client.request(request).await.map_err(|error| weir_kubernetes::causes(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST)
            .collect()
            .await
            .map_err(|error| format!("the answer broke off: {error}"))?;
        Ok((status, body.to_bytes()))
    }
}

impl HttpAsker {
    fn request(&self, request: &Request) -> http::Result<http::Request<Full<Bytes>>> {
        let Request { uri, fields, body } = request;
        let json = HeaderValue::from_static("application/json");
        let mut head = http::Request::builder().uri(uri).header(ACCEPT, &json);
        if body.is_some() {
            head = head.method(Method::POST).header(CONTENT_TYPE, json);
        }
        let mut request = head.body(Full::new(body.clone().unwrap_or_default()))?;
        for (name, value) in *fields {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        self.credentials.put(&mut request, body.as_deref().unwrap_or_default())?;
        Ok(request)
    }
}

/// Whether a refusal is one of what was asked too often, in the words of AWS: their status is that of a wrong question.
fn is_throttled(said: &str) -> bool {
    said.contains("Throttl")
}

/// The beginning of what a server says, in one line.
fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TOLD).collect()
}
