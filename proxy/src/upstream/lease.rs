//! One request's use of one connection.

use std::rc::Rc;
use std::time::Duration;

use weir_routing::Protocol;

use super::endpoint::SharedHttp2;
use super::{Endpoint, Endpoints, connect};
use crate::error::Failure;
use crate::stream::Stream;

/// One request's use of one connection. Counts as in flight at the endpoint until it is dropped; dropped without [`Lease::give_back`], an
/// HTTP/1.1 connection is closed, because nobody knows what is still on it.
pub(crate) struct Lease {
    endpoint: Rc<Endpoint>,
    connection: Option<Connection>,
    reused: bool,
    /// See [`Endpoint::follow`].
    era: u32,
    /// How long the other side keeps the connection, where it said so.
    idle_limit: Option<Duration>,
}

/// A connection to an endpoint.
pub(crate) enum Connection {
    /// One request at a time.
    Http1(Stream),
    /// Many at a time.
    Http2(SharedHttp2),
}

impl Lease {
    /// Takes a waiting connection unless `fresh`, or makes one within `patience`; none: as the proxy is configured.
    pub(crate) async fn take(
        endpoints: &Endpoints,
        endpoint: &Rc<Endpoint>,
        fresh: bool,
        patience: Option<Duration>,
    ) -> Result<Self, Failure> {
        let now = endpoints.clock.now();
        endpoint.begin(now);
        let era = endpoint.follow(&endpoints.outgoing);
        let connection = match endpoint.protocol {
            _ if fresh => None,
            Protocol::Http1 => endpoint.take(now).map(Connection::Http1),
            Protocol::Http2 => endpoint.join().map(Connection::Http2),
        };
        let reused = connection.is_some();
        let mut lease = Self { endpoint: Rc::clone(endpoint), connection, reused, era, idle_limit: None };
        if !reused {
            lease.connection = Some(Box::pin(connect::to(endpoints, endpoint, patience)).await?);
        }
        if let Some(Connection::Http2(shared)) = &lease.connection {
            shared.streams.set(shared.streams.get().saturating_add(1));
        }
        Ok(lease)
    }

    /// Whether the connection has served a request before.
    pub(crate) fn is_reused(&self) -> bool {
        self.reused
    }

    /// The endpoint at the other end.
    pub(crate) fn endpoint(&self) -> &Rc<Endpoint> {
        &self.endpoint
    }

    /// The connection; there is one until it is given back or taken over.
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    /// The byte stream of an HTTP/1.1 connection.
    pub(crate) fn http1(&mut self) -> Option<&mut Stream> {
        match self.connection.as_mut()? {
            Connection::Http1(stream) => Some(stream),
            Connection::Http2(_) => None,
        }
    }

    /// The other side closes the connection after this time without a request.
    pub(crate) fn limit_idle(&mut self, limit: Duration) {
        self.idle_limit = Some(limit);
    }

    /// The byte stream, once the 101 that was received has ended HTTP on it. `None` on HTTP/2, which knows no 101.
    pub(crate) fn take_over(&mut self) -> Option<Stream> {
        match self.connection.take()? {
            Connection::Http1(stream) => Some(stream),
            shared @ Connection::Http2(_) => {
                self.connection = Some(shared);
                None
            }
        }
    }

    /// The response has come to its end: the connection may serve another request.
    pub(crate) fn give_back(mut self, endpoints: &Endpoints) {
        let now = endpoints.clock.now();
        let idle = endpoints.config.timeouts.upstream_idle_timeout;
        match self.connection.take() {
            Some(Connection::Http1(stream)) => {
                // A second less than the other side says, so that its close and the next request do not cross.
                let said = self.idle_limit.map(|limit| limit.saturating_sub(Duration::from_secs(1)));
                let until = now + said.map_or(idle, |said| said.min(idle));
                if self.era == self.endpoint.follow(&endpoints.outgoing) {
                    self.endpoint.keep(stream, until, endpoints.config.limits.max_idle_upstream);
                }
            }
            Some(Connection::Http2(shared)) => {
                shared.until.set(now + idle);
                shared.streams.set(shared.streams.get().saturating_sub(1));
            }
            None => {}
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.endpoint.end();
        if let Some(Connection::Http2(shared)) = &self.connection {
            shared.streams.set(shared.streams.get().saturating_sub(1));
        }
    }
}
