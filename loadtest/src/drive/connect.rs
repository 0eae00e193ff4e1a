//! Opens connections to the one address of a run.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{stream::Stream, trust};
use crate::{
    plan::{Plan, PlanError, Trust},
    units::show_duration,
};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("cannot resolve {0}")]
    Resolve(String, #[source] io::Error),
    /// Refused, unreachable, or out of ports or file descriptors.
    #[error("cannot connect to {0}")]
    Tcp(String, #[source] io::Error),
    /// Neither refused nor accepted within the time for one request.
    #[error("no connection to {} within {}", .0, show_duration(*.1))]
    Timeout(String, Duration),
    /// The TLS handshake failed.
    #[error("no TLS with {0}")]
    Tls(String, #[source] io::Error),
    /// The HTTP handshake failed.
    #[error("no HTTP with the server")]
    Http(#[from] hyper::Error),
    /// The authorities cannot be read.
    #[error("cannot use {} as certificate authorities: {}", .0.display(), .1)]
    Authorities(PathBuf, String),
    /// TLS versions that the provider does not have.
    #[error("no TLS configuration")]
    Configuration(#[from] rustls::Error),
}

/// The address, resolved once, and how to speak with it.
pub(super) struct Connector {
    name: String,
    addresses: Vec<SocketAddr>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    limit: Duration,
}

/// Where a plan's requests go, before names are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// `host:port`.
    name: String,
    /// The name that the certificate must carry; `None` for plain connections.
    server_name: Option<String>,
}

impl Destination {
    /// The one address of all targets.
    pub(super) fn of(plan: &Plan) -> Result<Self, PlanError> {
        let mut only: Option<Self> = None;
        for target in &plan.targets {
            let host = target.url.host().ok_or_else(|| PlanError::Url(target.url.to_string()))?;
            let secure = target.url.scheme_str() == Some("https");
            let port = target.url.port_u16().unwrap_or(if secure { 443 } else { 80 });
            let this = Self {
                name: plan.connect.clone().unwrap_or_else(|| format!("{host}:{port}")),
                server_name: secure.then(|| plan.host.as_ref().map_or(host, |host| host.host()).to_owned()),
            };
            match &only {
                Some(only) if only.name != this.name || only.server_name.is_some() != secure => {
                    return Err(PlanError::Addresses(only.name.clone(), this.name));
                }
                Some(_) => {}
                None => only = Some(this),
            }
        }
        let only = only.ok_or(PlanError::NoTarget)?;
        if only.server_name.is_some() && plan.trust == Trust::None {
            return Err(PlanError::Trust);
        }
        match only.name.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok() => Ok(only),
            _ => Err(PlanError::Connect(only.name)),
        }
    }
}

impl Connector {
    /// Resolves the name and prepares TLS.
    pub(super) async fn new(destination: &Destination, plan: &Plan) -> Result<Self, ConnectError> {
        let Destination { name, server_name } = destination.clone();
        let resolve = |source| ConnectError::Resolve(name.clone(), source);
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host(&name).await.map_err(resolve)?.collect();
        let tls = match server_name {
            None => None,
            Some(server_name) => {
                let bare = server_name.trim_start_matches('[').trim_end_matches(']').to_owned();
                let server_name =
                    ServerName::try_from(bare).map_err(|error| resolve(io::Error::other(error)))?;
                trust::configure(&plan.trust, plan.protocol)?
                    .map(|config| (TlsConnector::from(Arc::clone(&config)), server_name))
            }
        };
        Ok(Self { name, addresses, tls, limit: plan.timeout })
    }

    /// A new connection.
    pub(super) async fn stream(&self) -> Result<TokioIo<Stream>, ConnectError> {
        let late = |_| ConnectError::Timeout(self.name.clone(), self.limit);
        tokio::time::timeout(self.limit, self.open()).await.map_err(late)?
    }

    async fn open(&self) -> Result<TokioIo<Stream>, ConnectError> {
        let tcp = |source| ConnectError::Tcp(self.name.clone(), source);
        let stream = TcpStream::connect(self.addresses.as_slice()).await.map_err(tcp)?;
        stream.set_nodelay(true).map_err(tcp)?;
        let stream = match &self.tls {
            None => Stream::Plain(stream),
            Some((tls, server_name)) => {
                let tls = tls.connect(server_name.clone(), stream).await;
                Stream::Tls(Box::new(tls.map_err(|source| ConnectError::Tls(self.name.clone(), source))?))
            }
        };
        Ok(TokioIo::new(stream))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::plan::Pace;

    fn destination(urls: &[&str], connect: Option<&str>, trust: Trust) -> Result<Destination, PlanError> {
        let pace = Pace::Closed { lanes: NonZeroUsize::MIN, requests: None, duration: None };
        let plan = Plan::new("http://unused.test", pace).unwrap();
        let targets = urls.iter().map(|url| url.parse().unwrap()).collect();
        Destination::of(&Plan { targets, connect: connect.map(str::to_owned), trust, ..plan })
    }

    #[test]
    fn one_run_has_one_address_unless_told_where_to_connect() {
        assert_eq!(
            destination(&["http://a.test/x", "http://a.test:80/y"], None, Trust::None).unwrap().name,
            "a.test:80"
        );
        assert!(matches!(
            destination(&["http://a.test", "http://b.test"], None, Trust::None),
            Err(PlanError::Addresses(..))
        ));
        let both = destination(&["http://a.test", "http://b.test"], Some("127.0.0.1:8080"), Trust::None);
        assert_eq!(both.unwrap().name, "127.0.0.1:8080");
        assert_eq!(destination(&["http://[::1]:81"], None, Trust::None).unwrap().name, "[::1]:81");
        assert!(matches!(
            destination(&["http://a.test"], Some("a.test"), Trust::None),
            Err(PlanError::Connect(_))
        ));
    }

    #[test]
    fn https_needs_to_know_whom_to_trust() {
        assert_eq!(destination(&["https://a.test"], None, Trust::None), Err(PlanError::Trust));
        assert_eq!(destination(&["https://a.test"], None, Trust::Anyone).unwrap().name, "a.test:443");
    }
}
