//! The way to the API server: a client that notices when nobody is there any more.
//!
//! kube's own has no way to set anything of its sockets, so a watch whose packets are dropped hangs until the five minutes of a watch are over. This one has the
//! kernel ask a silent peer, which costs no request: a peer that does not answer that is gone. A peer that is only slow, or frozen, is not.

use std::time::Duration;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use k8s_openapi::NamespaceResourceScope;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Api, Client, Config, Resource};
use tower::{BoxError, ServiceBuilder};

/// For a connection with TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// From a request to the head of its answer; that of a watch comes at once.
const ANSWER: Duration = Duration::from_mins(1);
/// A peer that was silent for so long is asked by the kernel whether it is there, ...
const SILENT: Duration = Duration::from_secs(10);
/// ... and again after this time.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A peer that has acknowledged nothing for so long is gone.
const GONE: Duration = Duration::from_secs(25);

/// A client with this configuration.
///
/// # Errors
/// The configuration names an address or credentials that cannot be used.
pub fn client(config: Config) -> kube::Result<Client> {
    if config.proxy_url.is_some() {
        // Which proxies there are, kube itself says.
        return Client::try_from(config);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(SILENT));
    tcp.set_keepalive_interval(Some(ASK_AGAIN));
    // It counts for probes and for data.
    tcp.set_tcp_user_timeout(Some(GONE));
    let tls = config.rustls_https_connector_with_connector(tcp)?;
    let connector = ServiceBuilder::new().map_future(Box::pin).timeout(CONNECT).service(tls);
    let http: legacy::Client<_, Body> = legacy::Builder::new(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .timeout(ANSWER)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

/// The objects of a kind in one namespace, or in all.
#[must_use]
pub fn objects<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope>,
    K::DynamicType: Default,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}
