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
use weir_routing::{Backend, Protocol, UpstreamTls};

use crate::clock::Clock;
use crate::config::Config;
use crate::counters::Counters;
use crate::tasks::Tasks;
use crate::tls::outgoing::Outgoing;

pub(crate) mod balance;
mod connect;
mod endpoint;
mod lease;
mod secured;

pub(crate) use self::endpoint::{Endpoint, SharedHttp2};
pub(crate) use self::lease::{Connection, Lease};

/// Address, protocol, revision, and what is asked of TLS.
type Key = (SocketAddr, Protocol, Arc<str>, Option<Arc<UpstreamTls>>);

/// Every endpoint that one worker has met, and what its connections to them are made with.
pub(crate) struct Endpoints {
    clock: Rc<Clock>,
    config: Arc<Config>,
    counters: Arc<Counters>,
    tasks: Tasks,
    outgoing: Arc<Outgoing>,
    met: RefCell<FxHashMap<Key, Rc<Endpoint>>>,
}

impl Endpoints {
    /// None yet.
    pub(crate) fn new(
        clock: Rc<Clock>,
        config: Arc<Config>,
        counters: Arc<Counters>,
        tasks: Tasks,
        outgoing: Arc<Outgoing>,
    ) -> Self {
        Self { clock, config, counters, tasks, outgoing, met: RefCell::default() }
    }

    /// The endpoint of a backend that has this address, the same one each time.
    pub(crate) fn get(&self, backend: &Backend, address: SocketAddr) -> Rc<Endpoint> {
        let Backend { revision, protocol, tls, .. } = backend;
        let key = (address, *protocol, Arc::clone(revision), tls.clone());
        let make = || Rc::new(Endpoint::new(address, *protocol, tls.as_ref(), self.clock.now()));
        Rc::clone(self.met.borrow_mut().entry(key).or_insert_with(make))
    }

    /// Closes connections that have not been used for long, and forgets endpoints that no track has and that have none left.
    pub(crate) fn tidy(&self) {
        let (now, idle) = (self.clock.now(), self.config.timeouts.upstream_idle_timeout);
        self.met.borrow_mut().retain(|_, endpoint| {
            endpoint.tidy(now);
            Rc::strong_count(endpoint) > 1 || !endpoint.is_unused_since(now, idle)
        });
    }
}

#[cfg(test)]
mod tests;
