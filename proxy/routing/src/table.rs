//! One immutable, compiled snapshot: hosts -> paths -> route.
//!
//! Lookup takes one or two hash look-ups for the host, and one for each place where a known path can end; it allocates nothing. The most specific host that any
//! route names owns the request: an exact one, then `*.` with exactly one label, then a regular expression, then no host. A request that none of its paths takes goes to the
//! host's default backend, then to the default backend for every host; never to paths of a less specific host.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::head::Head;
use crate::memory::Memory;
use crate::policy::ClientTls;
use crate::route::Route;

mod hosts;
mod paths;
mod routes;

use hosts::Hosts;

pub(crate) use hosts::{HostChange, OtherNames};
pub use routes::{Iter, Routes};

/// Epochs by canary key.
pub(crate) type Epochs = Arc<BTreeMap<Arc<str>, u64>>;

/// Every route. Made by [`crate::compile::compile`] or a [`crate::Compiler`]; never changed. Shares with the table before what they have in common.
#[derive(Clone, Debug, Default)]
pub struct Table {
    routes: Routes,
    hosts: Hosts,
    epochs: Epochs,
    generation: u64,
    memory: Memory,
}

impl Table {
    /// The next table: with these routes, whose hosts differ by `changes`.
    pub(crate) fn next(
        &self,
        routes: Routes,
        changes: FxHashMap<Arc<str>, HostChange>,
        others: OtherNames,
        epochs: Epochs,
        memory: Memory,
    ) -> Self {
        Self {
            hosts: self.hosts.with(changes, others),
            routes,
            epochs,
            generation: self.generation + 1,
            memory,
        }
    }

    /// The route that takes this request.
    #[must_use]
    #[inline]
    pub fn find(&self, head: &Head<'_>) -> Option<&Arc<Route>> {
        self.hosts.find(head.host, head.path)
    }

    /// Every route, at its place, [`Route::index`].
    #[must_use]
    pub fn routes(&self) -> &Routes {
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
    pub(crate) fn owner_of(&self, host: &str) -> Option<&str> {
        self.hosts.owner(host).map(hosts::Host::name)
    }

    /// The host that `host` is another name of.
    pub(crate) fn alias_of(&self, host: &str) -> Option<&str> {
        self.hosts.owner(host)?.alias_of()
    }

    /// What clients of a host have to show: the same for all of its routes.
    #[must_use]
    pub fn client_tls(&self, host: &str) -> Option<&Arc<ClientTls>> {
        self.hosts.owner(host)?.routes().find_map(|route| route.policy.as_ref()?.client_tls.as_ref())
    }

    /// The routes of a host of this very name, the default backend included.
    pub(crate) fn routes_of(&self, host: &str) -> impl Iterator<Item = &Arc<Route>> {
        self.hosts.host(host).into_iter().flat_map(hosts::Host::routes)
    }

    pub(crate) fn shared_epochs(&self) -> &Epochs {
        &self.epochs
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }
}
