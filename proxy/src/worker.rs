//! One worker: a thread with its own listeners, pools, turns and counters. Nothing in it is shared with another worker, so nothing is locked.
//!
//! Invariant: everything here stays on its thread; what crosses threads is in [`Shared`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::sync::Notify;
use weir_routing::random::Random;
use weir_routing::{Backend, Route};
use weir_telemetry::wire::SeriesKey;

use crate::clock::Clock;
use crate::config::Config;
use crate::counters::Counters;
use crate::errand::Errands;
use crate::exchange::Copies;
use crate::exchange::Memory;
use crate::exchange::http1::{MOST_IDLE, Runner};
use crate::exchange::hyper::{Http1, MOST_SPARE};
use crate::names::Names;
use crate::process::Shared;
use crate::spares::Spares;
use crate::tasks::Tasks;
use crate::upstream::Endpoints;

use self::tracks::States;

pub(crate) use self::beside::Pair;
pub(crate) use self::tracks::{Routes, State, TrackState};

mod beside;
mod tracks;

/// One worker.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) config: Arc<Config>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Rc<Clock>,
    pub(crate) tasks: Tasks,
    pub(crate) counters: Arc<Counters>,
    pub(crate) endpoints: Endpoints,
    /// Requests of its own, to whoever decides who may come in.
    pub(crate) errands: Errands,
    /// What they were told.
    pub(crate) memory: Memory,
    /// What it holds for copies of requests.
    pub(crate) copies: Copies,
    pub(crate) drain: Notify,
    /// What serves connections of our own codec.
    pub(crate) runners: Spares<Runner>,
    /// What requests of hyper's clients to HTTP/1.1 upstreams are served with.
    pub(crate) spare: Spares<Box<Http1>>,
    random: RefCell<Random>,
    /// Seed of the turns.
    seed: u64,
    states: RefCell<States>,
    routes: RefCell<Rc<Routes>>,
    connections: Cell<usize>,
    draining: Cell<bool>,
    cutting: Cell<bool>,
}

impl Worker {
    /// A worker without connections. `seed` is its own.
    pub(crate) fn new(
        number: usize,
        config: Arc<Config>,
        shared: Arc<Shared>,
        tasks: Tasks,
        seed: u64,
    ) -> Rc<Self> {
        let counters = shared.counters.get(number).map(Arc::clone).unwrap_or_default();
        let clock = Clock::new();
        let names = Rc::new(Names::new(tasks.clone()));
        let errands = Errands::new(Rc::clone(&clock), tasks.clone(), names);
        let endpoints = Endpoints::new(
            Rc::clone(&clock),
            Arc::clone(&config),
            Arc::clone(&counters),
            tasks.clone(),
            Arc::clone(&shared.outgoing),
        );
        Rc::new(Self {
            number,
            config,
            shared,
            clock,
            tasks,
            counters,
            endpoints,
            errands,
            memory: Memory::default(),
            copies: Copies::default(),
            drain: Notify::new(),
            runners: Spares::new(MOST_IDLE),
            spare: Spares::new(MOST_SPARE),
            random: RefCell::new(Random::new(seed)),
            seed,
            states: RefCell::default(),
            routes: RefCell::new(Rc::new(Routes { table: Arc::default() })),
            connections: Cell::new(0),
            draining: Cell::new(false),
            cutting: Cell::new(false),
        })
    }

    /// The routes that are served now. Follows a new table on first sight, which costs the same for any number of routes.
    pub(crate) fn routes(&self) -> Rc<Routes> {
        let table = self.shared.table.load();
        {
            let routes = self.routes.borrow();
            if Arc::ptr_eq(&routes.table, &table) {
                return Rc::clone(&routes);
            }
        }
        let routes = Rc::new(Routes { table: Arc::clone(&table) });
        *self.routes.borrow_mut() = Rc::clone(&routes);
        routes
    }

    /// What this worker knows about `route`, which must be of the table served now. `with` cannot ask this worker for the state of a route.
    pub(crate) fn with_state<T>(&self, route: &Arc<Route>, with: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.states.borrow_mut().of(self, route).map(with)
    }

    /// A random number.
    pub(crate) fn random(&self) -> u64 {
        self.random.borrow_mut().next_u64()
    }

    /// A random number below `bound`; 0 for 0.
    pub(crate) fn random_below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.random.borrow_mut().below(bound)).unwrap_or(0)
    }

    /// Counts a connection in, unless there are too many.
    pub(crate) fn admit(self: &Rc<Self>) -> Option<Admitted> {
        self.counters.accepted.raise();
        if self.connections.get() >= self.config.limits.max_connections {
            self.counters.over_limit.raise();
            return None;
        }
        self.connections.set(self.connections.get() + 1);
        self.counters.open.raise();
        Some(Admitted(Rc::clone(self)))
    }

    /// Whether connections are to end when their requests in flight have.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// Whether an answer leaves its connection open. From the beginning of the drain delay on it does not: who asks again connects again, to
    /// another proxy once it is known that this one leaves, and later no connection is closed under a request that is just on its way.
    pub(crate) fn keeps_connections(&self) -> bool {
        !self.draining.get() && !self.shared.draining.load(Relaxed)
    }

    /// Whether connections are being cut, so that what ends now is the proxy's fault.
    pub(crate) fn is_cutting(&self) -> bool {
        self.cutting.get()
    }

    /// Stops accepting and tells every connection to end.
    pub(crate) fn begin_drain(&self) {
        self.draining.set(true);
        self.drain.notify_waiters();
        self.clock.wake_all();
    }

    /// From now on whatever ends was cut.
    pub(crate) fn begin_cut(&self) {
        self.cutting.set(true);
    }

    /// What must happen from time to time: idle workers follow the table too, what is known of routes that are gone is dropped, and
    /// unused connections are closed.
    pub(crate) fn tidy(&self) {
        let routes = self.routes();
        self.states.borrow_mut().tidy(self, &routes.table);
        self.endpoints.tidy();
        self.errands.tidy();
        self.runners.tidy();
        self.spare.tidy();
    }

    /// The series of this key, whose endpoints belong to `backend`.
    fn series(&self, key: SeriesKey, backend: &Backend) -> Arc<weir_telemetry::recorder::Series> {
        self.shared.registry.series(key, &backend.service, self.number)
    }
}

/// A connection that counts, until it is dropped.
pub(crate) struct Admitted(Rc<Worker>);

impl Drop for Admitted {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get().saturating_sub(1));
        self.0.counters.open.lower();
    }
}

#[cfg(test)]
mod tests;
