//! One immutable, compiled snapshot: hosts -> paths -> route.
//!
//! Lookup takes one or two hash look-ups for the host and one binary search for the path, and allocates nothing. The most specific host that any
//! route names owns the request: an exact one, then `*.` with exactly one label, then no host. A request that none of its paths takes goes to the
//! host's default backend, then to the default backend for every host; never to paths of a less specific host.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::head::Head;
use crate::memory::Memory;
use crate::route::Route;

mod hosts;
mod paths;

use hosts::Hosts;

/// Every route. Made by [`crate::compile::compile`]; never changed.
#[derive(Debug, Default)]
pub struct Table {
    routes: Box<[Arc<Route>]>,
    hosts: Hosts,
    epochs: BTreeMap<Arc<str>, u64>,
    generation: u64,
    memory: Memory,
}

impl Table {
    /// Numbers the routes and indexes them. Of two routes that take the same requests the first is found.
    pub(crate) fn new(
        routes: Vec<Route>,
        epochs: BTreeMap<Arc<str>, u64>,
        generation: u64,
        memory: Memory,
    ) -> Self {
        let routes: Box<[Arc<Route>]> =
            routes.into_iter().enumerate().map(|(index, route)| Arc::new(Route { index, ..route })).collect();
        Self { hosts: Hosts::new(&routes), routes, epochs, generation, memory }
    }

    /// The route that takes this request.
    #[must_use]
    pub fn find(&self, head: &Head<'_>) -> Option<&Arc<Route>> {
        self.routes.get(self.hosts.find(head.host, head.path)?)
    }

    /// Every route; a route's [`Route::index`] is its position here.
    #[must_use]
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// The epoch that this table serves, by canary key. A Canary whose split could not be compiled keeps the epoch of what is served instead.
    #[must_use]
    pub fn epochs(&self) -> &BTreeMap<Arc<str>, u64> {
        &self.epochs
    }

    /// Number of this table: one more than the table it was compiled over, from 1. 0: the empty table.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The name under which `host` is known here: itself, its wildcard, or `*`. `None`: only default backends can take it.
    #[must_use]
    pub fn owner_of(&self, host: &str) -> Option<&str> {
        self.hosts.owner(host).map(|(name, _)| name)
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }
}
