//! Addresses of names, asked of the system's resolver and remembered for a moment. One worker's own.
//!
//! A name is looked up once at a time, however many ask. What is known is served while it is fresh, and while it is looked up again; where that fails, for
//! [`KEPT`]. A lookup that failed is not repeated for [`FAILED`]. Names, and lookups at a time, are limited, because some names are made of what
//! clients send.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::tasks::Tasks;

/// After this an address is looked up again.
const FRESH: Duration = Duration::from_secs(5);
/// An address that is older than this is not used before it has been looked up again, unless that fails.
const STALE: Duration = Duration::from_mins(1);
/// How long an address is used while it cannot be looked up.
const KEPT: Duration = Duration::from_mins(10);
/// After a lookup that failed, the next one.
const FAILED: Duration = Duration::from_secs(1);
/// Names that are remembered.
const MOST_NAMES: usize = 1024;
/// Lookups at a time: each takes one of the threads that the runtime has for what blocks.
const MOST_LOOKUPS: usize = 64;

/// A name without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unresolved {
    /// The resolver knows none, or does not answer.
    #[error("the name has no address")]
    Unknown,
    /// Too many names are being looked up.
    #[error("too many names are being looked up")]
    Busy,
}

/// What looks names up.
type Lookup = Box<dyn Fn(&str) -> Found>;

/// What it finds.
type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>>>>;

/// The names that one worker has asked for.
pub(crate) struct Names {
    lookup: Lookup,
    tasks: Tasks,
    known: RefCell<FxHashMap<Box<str>, Rc<Name>>>,
    lookups: Rc<Cell<usize>>,
}

/// One name.
struct Name {
    addresses: RefCell<Rc<[IpAddr]>>,
    /// When the addresses were learned; none: never.
    learned: Cell<Option<Instant>>,
    /// When a lookup failed, if the last one did.
    failed: Cell<Option<Instant>>,
    asked: Cell<Instant>,
    is_looked_up: Cell<bool>,
    told: Notify,
}

impl Names {
    /// None yet. Lookups are tasks of their own: whoever asked may go away.
    pub(crate) fn new(tasks: Tasks) -> Self {
        let lookup = |name: &str| -> Found {
            let name = name.to_owned();
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        };
        Self::asking(tasks, Box::new(lookup))
    }

    fn asking(tasks: Tasks, lookup: Lookup) -> Self {
        Self { lookup, tasks, known: RefCell::default(), lookups: Rc::default() }
    }

    /// The addresses of a name, at least one, in the resolver's order; an address is its own. Waits for as long as a lookup takes: whoever asks
    /// limits that.
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
        self.resolve_at(host, port, Instant::now()).await
    }

    async fn resolve_at(&self, host: &str, port: u16, now: Instant) -> Result<Vec<SocketAddr>, Unresolved> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let name = self.name(host, now);
        let age = name.learned.get().map(|learned| now.saturating_duration_since(learned));
        let failed = name.failed.get().is_some_and(|failed| now.saturating_duration_since(failed) < FAILED);
        match age {
            Some(age) if age < FRESH => {}
            // Failing, it is not asked for again at once, and what is known is used.
            _ if failed => {}
            // What is known is used meanwhile, whether or not it can be looked up just now.
            Some(age) if age < STALE || (age < KEPT && name.failed.get().is_some()) => {
                self.look_up(host, &name);
            }
            _ => {
                let told = name.told.notified();
                if self.look_up(host, &name) {
                    told.await;
                } else if age.is_none() {
                    return Err(Unresolved::Busy);
                }
            }
        }
        let is_usable = name.learned.get().is_some_and(|at| now.saturating_duration_since(at) < KEPT);
        let addresses = name.addresses.borrow();
        if !is_usable || addresses.is_empty() {
            return Err(Unresolved::Unknown);
        }
        Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }

    fn name(&self, host: &str, now: Instant) -> Rc<Name> {
        let mut known = self.known.borrow_mut();
        if let Some(name) = known.get(host) {
            name.asked.set(now);
            return Rc::clone(name);
        }
        if known.len() >= MOST_NAMES {
            let oldest = known.iter().min_by_key(|(_, name)| name.asked.get()).map(|(host, _)| host.clone());
            if let Some(host) = oldest {
                known.remove(&host);
            }
        }
        let name = Rc::new(Name {
            addresses: RefCell::new(Rc::from([])),
            learned: Cell::new(None),
            failed: Cell::new(None),
            asked: Cell::new(now),
            is_looked_up: Cell::new(false),
            told: Notify::new(),
        });
        known.insert(host.into(), Rc::clone(&name));
        name
    }

    /// Looks a name up, unless somebody does already; `false` where there are too many lookups.
    fn look_up(&self, host: &str, name: &Rc<Name>) -> bool {
        if name.is_looked_up.get() {
            return true;
        }
        if self.lookups.get() >= MOST_LOOKUPS {
            return false;
        }
        name.is_looked_up.set(true);
        self.lookups.set(self.lookups.get() + 1);
        let (looking, host) = ((self.lookup)(host), host.to_owned());
        let (name, lookups) = (Rc::clone(name), Rc::clone(&self.lookups));
        self.tasks.spawn_upstream(async move {
            let found = looking.await;
            lookups.set(lookups.get().saturating_sub(1));
            name.learn(found, &host);
        });
        true
    }
}

impl Name {
    fn learn(&self, found: io::Result<Vec<IpAddr>>, host: &str) {
        let now = Instant::now();
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                *self.addresses.borrow_mut() = addresses.into();
                self.learned.set(Some(now));
                self.failed.set(None);
            }
            Ok(_) => self.failed.set(Some(now)),
            Err(error) => {
                tracing::debug!(host, %error, "no address");
                self.failed.set(Some(now));
            }
        }
        self.is_looked_up.set(false);
        self.told.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
