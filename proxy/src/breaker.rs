//! What a proxy does by itself about a canary that fails: nobody is asked, and it happens between two requests.
//!
//! A canary that fails in a burst which its control does not share ([`weir_telemetry::burst`]), or that has used up this proxy's part of the failures
//! that its release may cost users, gets nothing more: not by weight, not by header, cookie or user. That is latched for the release, told in the
//! report, and ended only by another release.
//!
//! Invariant: no more users' requests fail on the canary than the budget says. A request takes one of it along, and gives it back if it did not fail;
//! while all of it is on the way, requests go to stable.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use weir_api::Track;
use weir_routing::split::BreakerPolicy;
use weir_routing::{Route, Split, Table};
use weir_telemetry::burst::{Burst, Counted};
use weir_telemetry::outcome::Outcome;
use weir_telemetry::wire::{BUDGET, BURST, Trip};

use crate::counters::Count;

/// The breakers of all releases, by Canary.
#[derive(Debug)]
pub(crate) struct Breakers {
    workers: usize,
    known: Mutex<BTreeMap<Arc<str>, Arc<Breaker>>>,
}

/// The breaker of one release in this proxy.
#[derive(Debug)]
pub(crate) struct Breaker {
    canary: Arc<str>,
    since_epoch: u64,
    watches_bursts: bool,
    /// Failures that this proxy may let happen; all ones: any number.
    limit: AtomicU64,
    /// Those that happened, and requests that may still fail. Both under one lock would be two: they are ordered instead.
    failed: AtomicU64,
    on_the_way: AtomicU64,
    /// What each worker saw of stable and baseline. One writer each.
    control: Box<[Tally]>,
    watch: Mutex<Watch>,
    /// Not 0: nothing goes to the canary.
    open: AtomicU64,
}

/// On a cache line of its own, so that workers do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Tally {
    requests: Count,
    failures: Count,
}

#[derive(Debug, Default)]
struct Watch {
    burst: Burst,
    /// The control when the canary's last request ended.
    seen: Counted,
    trip: Option<Trip>,
}

/// A request that may go to the canary. It counts among those that may fail until it is dropped.
pub(crate) struct Pass(Arc<Breaker>);

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.on_the_way.fetch_sub(1, SeqCst);
    }
}

impl Breakers {
    /// None yet, for this many workers.
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers, known: Mutex::default() }
    }

    /// The breaker of a route's release; `None` where it has none. Workers ask once for each route and table.
    pub(crate) fn of(&self, route: &Route) -> Option<Arc<Breaker>> {
        let Split::Tracks(tracks) = &route.split else { return None };
        let policy = tracks.besides.as_ref()?.breaker.as_ref()?;
        let canary = &tracks.release.as_ref()?.canary_key;
        let mut known = lock(&self.known);
        match known.get(canary) {
            Some(breaker) if breaker.since_epoch == policy.since_epoch => {
                breaker.limit.store(limit_of(policy), SeqCst);
                return Some(Arc::clone(breaker));
            }
            // A worker that still has the table of the release before: it is about to get the next one.
            Some(breaker) if breaker.since_epoch > policy.since_epoch => return None,
            Some(_) | None => {}
        }
        let breaker = Arc::new(Breaker::new(canary, policy, self.workers));
        known.insert(Arc::clone(canary), Arc::clone(&breaker));
        Some(breaker)
    }

    /// Forgets releases of Canaries that are gone.
    pub(crate) fn follow(&self, table: &Table) {
        lock(&self.known).retain(|canary, _| table.epochs().contains_key(canary));
    }

    /// What has tripped, by Canary.
    pub(crate) fn trips(&self) -> BTreeMap<String, Trip> {
        let known: Vec<_> = lock(&self.known).values().cloned().collect();
        known
            .iter()
            .filter_map(|breaker| Some((breaker.canary.to_string(), lock(&breaker.watch).trip.clone()?)))
            .collect()
    }
}

impl Breaker {
    fn new(canary: &Arc<str>, policy: &BreakerPolicy, workers: usize) -> Self {
        Self {
            canary: Arc::clone(canary),
            since_epoch: policy.since_epoch,
            watches_bursts: policy.burst,
            limit: AtomicU64::new(limit_of(policy)),
            failed: AtomicU64::default(),
            on_the_way: AtomicU64::default(),
            control: (0..workers).map(|_| Tally::default()).collect(),
            watch: Mutex::default(),
            open: AtomicU64::default(),
        }
    }

    /// Whether the canary was taken out.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Relaxed) != 0
    }

    /// Whether one more request may go to the canary.
    pub(crate) fn pass(self: &Arc<Self>) -> Option<Pass> {
        if self.is_open() {
            return None;
        }
        let on_the_way = self.on_the_way.fetch_add(1, SeqCst) + 1;
        let pass = Pass(Arc::clone(self));
        // A request that fails is counted before it is taken off the way: it is in one of the two numbers, or for a moment in both.
        let may_fail = self.failed.load(SeqCst).saturating_add(on_the_way);
        (may_fail <= self.limit.load(SeqCst)).then_some(pass)
    }

    /// A request ended on a track; `is_rescued`: stable answered its user instead.
    #[cold]
    pub(crate) fn record(&self, worker: usize, track: Track, outcome: Outcome, is_rescued: bool) {
        // What clients and the proxy itself did says nothing about either side.
        if matches!(outcome, Outcome::ClientAborted | Outcome::ProxyError) {
            return;
        }
        let failed = outcome.is_upstream_error();
        match track {
            Track::Canary => self.on_canary(failed, is_rescued),
            Track::Stable | Track::Baseline => {
                let Some(tally) = self.control.get(worker) else { return };
                tally.requests.raise();
                if failed {
                    tally.failures.raise();
                }
            }
            Track::Shadow => {}
        }
    }

    fn on_canary(&self, failed: bool, is_rescued: bool) {
        let users = if failed && !is_rescued { self.failed.fetch_add(1, SeqCst) + 1 } else { 0 };
        let limit = self.limit.load(SeqCst);
        if users > 0 && users >= limit {
            self.trip(
                BUDGET,
                format!(
                    "errors: {users} requests of users failed on the canary, which is this proxy's part of the budget"
                ),
            );
        }
        if !self.watches_bursts || self.open.load(Relaxed) != 0 {
            return;
        }
        let control = self.control();
        let mut watch = lock(&self.watch);
        // Another worker may have been here with later numbers.
        let since = Counted {
            requests: control.requests.saturating_sub(watch.seen.requests),
            failures: control.failures.saturating_sub(watch.seen.failures),
        };
        watch.seen.requests = watch.seen.requests.max(control.requests);
        watch.seen.failures = watch.seen.failures.max(control.failures);
        let burst = watch.burst.observe(failed, since);
        drop(watch);
        if let Some(Counted { requests, failures }) = burst {
            let reason = format!(
                "errors: {failures} of the canary's last {requests} requests, and hardly any of its control's"
            );
            self.trip(BURST, reason);
        }
    }

    fn control(&self) -> Counted {
        self.control.iter().fold(Counted::default(), |sum, tally| Counted {
            requests: sum.requests.saturating_add(tally.requests.get()),
            failures: sum.failures.saturating_add(tally.failures.get()),
        })
    }

    fn trip(&self, kind: &str, reason: String) {
        self.open.store(1, SeqCst);
        let mut watch = lock(&self.watch);
        if watch.trip.is_some() {
            return;
        }
        tracing::warn!(canary = %self.canary, since_epoch = self.since_epoch, kind, "{reason}: it gets nothing more from this proxy");
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at_unix_micros = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
        watch.trip =
            Some(Trip { since_epoch: self.since_epoch, at_unix_micros, kind: kind.to_owned(), reason });
    }
}

fn limit_of(policy: &BreakerPolicy) -> u64 {
    policy.failed_requests.unwrap_or(u64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
