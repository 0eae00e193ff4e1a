//! HTTP for stores in a cloud: hyper and rustls as everywhere, so that there is one stack and one list of whom is trusted.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::TokioExecutor;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, Error, Result};
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// How long until an answer begins; its question may be a part of a file.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// Makes clients for stores.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hyper;

impl HttpConnector for Hyper {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECTED_WITHIN));
        tcp.set_nodelay(true);
        let trusting =
            HttpsConnectorBuilder::new().with_provider_and_native_roots(aws_lc_rs::default_provider());
        let trusting = trusting.map_err(|error| Error::Generic { store: "HTTP", source: Box::new(error) })?;
        // Credentials in the clear are for those who say so.
        let may_be_clear = options.get_config_value(&ClientConfigKey::AllowHttp).as_deref() == Some("true");
        let https = if may_be_clear { trusting.https_or_http() } else { trusting.https_only() };
        let connector = https.enable_http1().wrap_connector(tcp);
        Ok(HttpClient::new(Service(Client::builder(TokioExecutor::new()).build(connector))))
    }
}

#[derive(Debug)]
struct Service(Client<HttpsConnector<Tcp>, HttpRequestBody>);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answered = tokio::time::timeout(ANSWERED_WITHIN, self.0.request(request)).await;
        let late = |_| {
            let why = format!("no answer within {ANSWERED_WITHIN:?}");
            HttpError::new(HttpErrorKind::Timeout, io::Error::new(io::ErrorKind::TimedOut, why))
        };
        let response = answered.map_err(late)?.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
            HttpError::new(kind, error)
        })?;
        Ok(response.map(|body| {
            HttpResponseBody::new(body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error)))
        }))
    }
}
