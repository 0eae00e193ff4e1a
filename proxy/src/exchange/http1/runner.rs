//! Coroutines that serve a connection while it has requests, and are lent to another one when it has none.
//!
//! A connection that waits holds no buffer and no state of an exchange, only its socket; that is what lets a worker hold ten thousand of them.
//! Everything an exchange needs, its future's state included, belongs to a runner, which is used again and again: nothing is allocated for a request.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::{After, Client, converse};
use crate::exchange::work::Work;

/// Runners that a worker keeps while no connection uses them.
pub(crate) const MOST_IDLE: usize = 1024;

/// A coroutine that serves one connection at a time. Dropped in the middle, it ends the exchange, which is recorded.
pub(crate) struct Runner {
    life: Pin<Box<dyn Future<Output = Infallible>>>,
    slot: Rc<Slot>,
}

/// What is handed in and out.
#[derive(Default)]
struct Slot {
    client: Cell<Option<Client>>,
    after: Cell<Option<After>>,
}

impl Runner {
    /// One that is free.
    pub(crate) fn new() -> Self {
        let slot = Rc::<Slot>::default();
        let life = live(Rc::clone(&slot));
        Self { life: Box::pin(life), slot }
    }

    /// Takes a connection, to be served by [`Self::poll`].
    pub(crate) fn begin(&mut self, client: Client) {
        self.slot.client.set(Some(client));
    }

    /// Ready when it has nothing more to do for the connection.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<After> {
        let polled = self.life.as_mut().poll(cx);
        debug_assert!(polled.is_pending(), "a runner never ends");
        self.slot.after.take().map_or(Poll::Pending, Poll::Ready)
    }
}

async fn live(slot: Rc<Slot>) -> Infallible {
    let mut work = Work::new();
    loop {
        let client = poll_fn(|_| slot.client.take().map_or(Poll::Pending, Poll::Ready)).await;
        let after = converse(client, &mut work).await;
        work.clear();
        slot.after.set(Some(after));
    }
}
