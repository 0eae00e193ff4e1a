//! Connections to one origin: how many there may be, and those that wait for a request.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Failure;

/// Connections in use at a time.
const MOST_IN_USE: usize = 256;
/// Errands that wait for one of them.
const MOST_WAITING: usize = 1024;
/// Connections that are kept without a request.
const MOST_IDLE: usize = 64;

/// A connection, as requests are given to it.
pub(super) type Sender = SendRequest<Full<Bytes>>;

/// Connections to one origin.
pub(super) struct Pool {
    places: Arc<Semaphore>,
    waiting: Cell<usize>,
    /// Each with the time until which it is kept; the one used last lies last.
    idle: RefCell<Vec<(Sender, Instant)>>,
}

impl Default for Pool {
    fn default() -> Self {
        let places = Arc::new(Semaphore::new(MOST_IN_USE));
        Self { places, waiting: Cell::new(0), idle: RefCell::default() }
    }
}

/// The right to use one connection.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// One who waits, until it is dropped.
struct Waiting<'p>(&'p Cell<usize>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl Pool {
    /// Waits for a place.
    pub(super) async fn place(&self) -> Result<Place, Failure> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place { _permit: permit });
        }
        if self.waiting.get() >= MOST_WAITING {
            return Err(Failure::Busy);
        }
        self.waiting.set(self.waiting.get() + 1);
        let _waiting = Waiting(&self.waiting);
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Failure::Busy)?;
        Ok(Place { _permit: permit })
    }

    /// The connection that was used last, if one waits.
    pub(super) fn take(&self, now: Instant) -> Option<Sender> {
        let mut idle = self.idle.borrow_mut();
        loop {
            let (sender, until) = idle.pop()?;
            if now < until && !sender.is_closed() {
                return Some(sender);
            }
        }
    }

    fn keep(&self, sender: Sender, until: Instant) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < MOST_IDLE && !sender.is_closed() {
            idle.push((sender, until));
        }
    }

    /// Closes what has ended or waited for too long; whether any is left.
    pub(super) fn tidy(&self, now: Instant) -> bool {
        let mut idle = self.idle.borrow_mut();
        idle.retain(|(sender, until)| now < *until && !sender.is_closed());
        !idle.is_empty()
    }
}

/// The use of one connection. Dropped without [`Lease::give_back`], the connection is closed.
pub(super) struct Lease {
    pub(super) pool: Rc<Pool>,
    pub(super) place: Place,
    pub(super) sender: Sender,
}

impl Lease {
    /// The answer has come to its end.
    pub(super) fn give_back(self, idle: Duration) {
        let Self { pool, place, sender } = self;
        pool.keep(sender, Instant::now() + idle);
        drop(place);
    }
}
