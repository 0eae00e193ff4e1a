//! The side of the endpoints: which one, over which connection.
//!
//! ```text
//! balance   power of two choices; endpoints that refuse are put aside
//! endpoint  one address: connections that wait for a request, and how it fares
//! connect   a new connection, HTTP/1.1 or HTTP/2
//! secured   the same over TLS, and when the proxy shows itself as somebody else
//! lease     one request's use of one connection
//! ```
//! Every pool belongs to one worker. A pool is known by address, protocol, revision and what is asked of TLS, so that it outlives tables and never mixes
//! versions, nor connections with another certificate or another trust.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tokio::time::Instant;
use weir_routing::{Backend, Protocol, UpstreamTls};

use crate::config::Config;
use crate::worker::Worker;

pub(crate) mod balance;
mod connect;
mod endpoint;
mod lease;
mod secured;

pub(crate) use self::endpoint::{Endpoint, SharedHttp2};
pub(crate) use self::lease::{Connection, Lease};

/// Address, protocol, revision, and what is asked of TLS.
type Key = (SocketAddr, Protocol, Arc<str>, Option<Arc<UpstreamTls>>);

/// Every endpoint that one worker has met.
#[derive(Default)]
pub(crate) struct Endpoints(RefCell<FxHashMap<Key, Rc<Endpoint>>>);

impl Endpoints {
    /// The endpoint of a backend that has this address, the same one each time.
    pub(crate) fn get(&self, worker: &Worker, backend: &Backend, address: SocketAddr) -> Rc<Endpoint> {
        let Backend { revision, protocol, tls, .. } = backend;
        let key = (address, *protocol, Arc::clone(revision), tls.clone());
        let make = || Rc::new(Endpoint::new(address, *protocol, tls.as_ref(), worker.clock.now()));
        Rc::clone(self.0.borrow_mut().entry(key).or_insert_with(make))
    }

    /// Closes connections that have not been used for long, and forgets endpoints that no track has and that have none left.
    pub(crate) fn tidy(&self, now: Instant, config: &Config) {
        self.0.borrow_mut().retain(|_, endpoint| {
            endpoint.tidy(now);
            Rc::strong_count(endpoint) > 1
                || !endpoint.is_unused_since(now, config.timeouts.upstream_idle_timeout)
        });
    }
}

#[cfg(test)]
mod tests;
