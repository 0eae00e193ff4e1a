//! What one process has once, for all its threads: workers read it, and what goes on beside them writes it.
//!
//! A request reads one thing of it, the table; where its route has limits, also what its client has asked before.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use weir_routing::Table;

use crate::auth::Keeper;
use crate::breaker::Breakers;
use crate::counters::Counters;
use crate::limits::Meter;
use crate::problems::Problems;
use crate::registry::Registry;
use crate::tls::clients::Clients;
use crate::tls::outgoing::Outgoing;
use crate::tls::{self, Resolver};

/// What all threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The routes. The one thing that a request reads.
    pub(crate) table: ArcSwap<Table>,
    /// Whether a full set of objects was read at least once.
    pub(crate) loaded: AtomicBool,
    /// Whether the proxy is on its way out.
    pub(crate) draining: AtomicBool,
    /// Every series.
    pub(crate) registry: Registry,
    /// What is wrong with the configuration.
    pub(crate) problems: Problems,
    /// What connections to upstreams over TLS are made with.
    pub(crate) outgoing: Arc<Outgoing>,
    /// Certificates of hosts, where TLS is served.
    pub(crate) certificates: OnceLock<Arc<Resolver>>,
    /// Who vouches for clients that show certificates.
    pub(crate) clients: Clients,
    /// What clients ask of Ingresses with limits.
    pub(crate) meter: Arc<Meter>,
    /// Passwords that were looked at.
    pub(crate) keeper: Keeper,
    /// What takes canaries out when they fail.
    pub(crate) breakers: Breakers,
    /// Counters of each worker.
    pub(crate) counters: Box<[Arc<Counters>]>,
}

impl Shared {
    /// No routes yet.
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            table: ArcSwap::default(),
            loaded: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            registry: Registry::new(workers),
            problems: Problems::default(),
            outgoing: Arc::default(),
            certificates: OnceLock::new(),
            clients: Clients::default(),
            meter: Arc::default(),
            keeper: Keeper::new(tls::provider().secure_random),
            breakers: Breakers::new(workers),
            counters: (0..workers).map(|_| Arc::default()).collect(),
        }
    }
}
