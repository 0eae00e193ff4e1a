//! The side of the endpoints: which one, over which connection.
//!
//! ```text
//! balance   power of two choices; endpoints that refuse are put aside
//! endpoint  one address: connections that wait for a request, and how it fares
//! connect   a new connection, HTTP/1.1 or HTTP/2 in clear text
//! lease     one request's use of one connection
//! ```
//! Every pool belongs to one worker. A pool is known by address, protocol and revision, so that it outlives tables and never mixes versions.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tokio::time::Instant;
use weir_routing::Protocol;

use crate::config::Config;
use crate::worker::Worker;

pub(crate) mod balance;
mod connect;
mod endpoint;
mod lease;

pub(crate) use self::endpoint::{Endpoint, SharedHttp2};
pub(crate) use self::lease::{Connection, Lease};

/// Address, protocol and revision.
type Key = (SocketAddr, Protocol, Arc<str>);

/// Every endpoint that one worker has met.
#[derive(Default)]
pub(crate) struct Endpoints(RefCell<FxHashMap<Key, Rc<Endpoint>>>);

impl Endpoints {
    /// The endpoint of this address, protocol and revision, the same one each time.
    pub(crate) fn get(
        &self,
        worker: &Worker,
        address: SocketAddr,
        protocol: Protocol,
        revision: &Arc<str>,
    ) -> Rc<Endpoint> {
        let mut endpoints = self.0.borrow_mut();
        let make = || Rc::new(Endpoint::new(address, protocol, worker.clock.now()));
        Rc::clone(endpoints.entry((address, protocol, Arc::clone(revision))).or_insert_with(make))
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
