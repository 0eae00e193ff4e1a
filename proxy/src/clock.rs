//! Coarse deadlines of one worker: thousands of them cost one timer.
//!
//! Everything that a peer controls has a deadline, and almost none of them is ever reached; so arming one must cost a store, not an
//! entry in a timer wheel. Deadlines lie in a slab; one ticker looks at the earliest of them every [`TICK`] and walks the slab only when
//! it is due. The ticker sleeps while there is no deadline at all, so an idle proxy does not wake up.
//!
//! Invariant: a deadline never fires early, and at most two ticks late.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Resolution of every deadline.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// The clock of one worker. One of its tasks must run [`Clock::run`].
pub(crate) struct Clock {
    slots: RefCell<Slab<Slot>>,
    now: Cell<Instant>,
    /// No deadline is earlier than this.
    earliest: Cell<Option<Instant>>,
    first: Notify,
    /// Wakers taken out of due slots; they run after the slab is released, because a waker may drop a deadline.
    due: RefCell<Vec<Waker>>,
}

struct Slot {
    at: Option<Instant>,
    expired: bool,
    waker: Option<Waker>,
}

impl Clock {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            slots: RefCell::new(Slab::new()),
            now: Cell::new(Instant::now()),
            earliest: Cell::new(None),
            first: Notify::new(),
            due: RefCell::new(Vec::new()),
        })
    }

    /// The time at the last tick: at most [`TICK`] ago while any deadline exists.
    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    /// A new deadline, not armed.
    pub(crate) fn deadline(self: &Rc<Self>) -> Deadline {
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            self.now.set(Instant::now());
            self.first.notify_one();
        }
        let key = slots.insert(Slot { at: None, expired: false, waker: None });
        Deadline { clock: Rc::clone(self), key }
    }

    /// Wakes every task that polls a deadline, for something else that all of them must look at (a drain).
    pub(crate) fn wake_all(&self) {
        self.due
            .borrow_mut()
            .extend(self.slots.borrow_mut().iter_mut().filter_map(|(_, slot)| slot.waker.take()));
        self.wake_due();
    }

    /// Fires what is due, until the worker ends.
    pub(crate) async fn run(&self) {
        loop {
            if self.slots.borrow().is_empty() {
                self.first.notified().await;
            }
            tokio::time::sleep(TICK).await;
            self.tick(Instant::now());
        }
    }

    fn tick(&self, now: Instant) {
        self.now.set(now);
        if self.earliest.get().is_none_or(|earliest| earliest > now) {
            return;
        }
        let mut earliest: Option<Instant> = None;
        for (_, slot) in self.slots.borrow_mut().iter_mut() {
            match slot.at {
                Some(at) if at <= now => {
                    slot.at = None;
                    slot.expired = true;
                    self.due.borrow_mut().extend(slot.waker.take());
                }
                Some(at) => earliest = Some(earliest.map_or(at, |e| e.min(at))),
                None => {}
            }
        }
        self.earliest.set(earliest);
        self.wake_due();
    }

    fn wake_due(&self) {
        let mut due = std::mem::take(&mut *self.due.borrow_mut());
        due.drain(..).for_each(Waker::wake);
        // Keeps the allocation for the next tick.
        *self.due.borrow_mut() = due;
    }
}

/// One deadline. Dropping it removes it.
pub(crate) struct Deadline {
    clock: Rc<Clock>,
    key: usize,
}

impl Deadline {
    /// Expires `after` from now, in place of any earlier setting.
    pub(crate) fn arm(&self, after: Duration) {
        // The coarse time may lie one tick back; without the tick a deadline could be early.
        let at = self.clock.now.get() + after + TICK;
        self.with(|slot| {
            slot.at = Some(at);
            slot.expired = false;
        });
        if self.clock.earliest.get().is_none_or(|earliest| at < earliest) {
            self.clock.earliest.set(Some(at));
        }
    }

    /// Does not expire any more.
    pub(crate) fn disarm(&self) {
        self.with(|slot| {
            slot.at = None;
            slot.expired = false;
        });
    }

    /// Ready once the deadline is reached, until it is armed or disarmed.
    pub(crate) fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        let mut expired = false;
        self.with(|slot| {
            expired = slot.expired;
            if !expired && !slot.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                slot.waker = Some(cx.waker().clone());
            }
        });
        if expired { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Resolves once the deadline is reached.
    pub(crate) async fn expired(&self) {
        std::future::poll_fn(|cx| self.poll_expired(cx)).await;
    }

    fn with(&self, change: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.clock.slots.borrow_mut().get_mut(self.key) {
            change(slot);
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        let removed = self.clock.slots.borrow_mut().try_remove(self.key);
        // Outside of the borrow: the waker may own another deadline.
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polled(deadline: &Deadline) -> bool {
        deadline.poll_expired(&Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_deadline_is_never_early_and_at_most_two_ticks_late() {
        let clock = Clock::new();
        let deadline = clock.deadline();
        let start = clock.now();
        // Armed somewhere between two ticks, as requests do, while the clock still shows the last tick.
        for (phase, millis) in [(0_u64, 1_u64), (7, 19), (19, 20), (3, 21), (19, 100), (10, 3_333)] {
            let tick = clock.now();
            let armed = tick + Duration::from_millis(phase);
            deadline.arm(Duration::from_millis(millis));
            let mut now = tick;
            while !polled(&deadline) {
                now += TICK;
                clock.tick(now);
                assert!(now < start + Duration::from_mins(1), "{millis} ms: never");
            }
            let took = now - armed;
            assert!(took >= Duration::from_millis(millis), "{millis} ms: {took:?}");
            assert!(took <= Duration::from_millis(millis) + 2 * TICK, "{millis} ms: {took:?}");
        }
    }

    #[test]
    fn arming_again_and_disarming_move_the_deadline() {
        let clock = Clock::new();
        let (moved, gone) = (clock.deadline(), clock.deadline());
        let start = clock.now();
        moved.arm(Duration::from_millis(50));
        gone.arm(Duration::from_millis(50));
        moved.arm(Duration::from_millis(500));
        gone.disarm();
        clock.tick(start + Duration::from_millis(400));
        assert!(!polled(&moved) && !polled(&gone));
        clock.tick(start + Duration::from_millis(521));
        assert!(polled(&moved) && !polled(&gone));
        moved.arm(Duration::from_millis(10));
        assert!(!polled(&moved));
    }
}
