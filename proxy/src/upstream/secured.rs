//! An endpoint that is spoken to over TLS.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rustls::CertificateError;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use weir_routing::UpstreamTls;

use super::{Endpoint, Endpoints};
use crate::counters::TlsFault;
use crate::error::Failure;
use crate::stream::Stream;
use crate::tls::outgoing::{Dial, Identity, Outgoing};

/// How an endpoint is spoken to over TLS.
pub(super) struct Secured {
    options: Arc<UpstreamTls>,
    /// Generation of the identities at the last look.
    seen: Cell<u64>,
    identity: RefCell<Option<Arc<Identity>>>,
    era: Cell<u32>,
}

impl Secured {
    pub(super) fn new(options: &Arc<UpstreamTls>) -> Self {
        Self {
            options: Arc::clone(options),
            seen: Cell::new(0),
            identity: RefCell::default(),
            era: Cell::new(0),
        }
    }

    /// How many times its identity has changed.
    pub(super) fn era(&self) -> u32 {
        self.era.get()
    }

    /// Whether its identity has changed since the last look.
    pub(super) fn follow(&self, outgoing: &Outgoing) -> bool {
        let Some(secret) = &self.options.secret else { return false };
        let generation = outgoing.generation();
        if self.seen.replace(generation) == generation {
            return false;
        }
        let now = outgoing.identity(secret);
        let mut last = self.identity.borrow_mut();
        let is_same = match (&*last, &now) {
            (Some(last), Some(now)) => Arc::ptr_eq(last, now),
            (last, now) => last.is_none() && now.is_none(),
        };
        if !is_same {
            *last = now;
            self.era.set(self.era.get().wrapping_add(1));
        }
        !is_same
    }

    /// What a connection is made with.
    pub(super) fn dial(&self, endpoints: &Endpoints, endpoint: &Endpoint) -> Result<Arc<Dial>, Failure> {
        endpoints.outgoing.dial(&self.options, endpoint.protocol).map_err(|error| {
            tracing::debug!(endpoint = %endpoint.address, %error, "no connection");
            endpoints.counters.upstream_tls_failed(TlsFault::Secret);
            Failure::Credentials
        })
    }
}

/// The handshake on a new connection.
pub(super) async fn shake(
    endpoints: &Endpoints,
    endpoint: &Endpoint,
    dial: &Dial,
    stream: TcpStream,
) -> Result<Stream, Failure> {
    let connector = TlsConnector::from(Arc::clone(&dial.config));
    match connector.connect(dial.name.clone(), stream).await {
        Ok(stream) => Ok(Stream::Tls(Box::new(stream.into()))),
        Err(error) => {
            let is_unknown = error.get_ref().and_then(|error| error.downcast_ref()).is_some_and(refuses);
            if is_unknown {
                tracing::debug!(endpoint = %endpoint.address, %error, "the upstream's certificate is not accepted");
                endpoints.counters.upstream_tls_failed(TlsFault::Certificate);
                return Err(Failure::Untrusted);
            }
            tracing::debug!(endpoint = %endpoint.address, %error, "no TLS connection");
            endpoints.counters.upstream_tls_failed(TlsFault::Handshake);
            Err(Failure::Connect)
        }
    }
}

/// Whether it was this side that did not accept what the other one showed.
fn refuses(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(error) if *error != CertificateError::BadSignature)
}
