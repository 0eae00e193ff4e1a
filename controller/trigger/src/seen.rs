//! Which deliveries were here before.
//!
//! Invariants: what came within [`Bounds::replay`] is never forgotten, so that it cannot start a second run; older ones are remembered up to
//! [`Bounds::keep`] as long as there is room, the oldest forgotten first; there are never more than [`Bounds::most`]. Where these cannot all hold,
//! because more came within the replay window than may be remembered, the next delivery is refused and its sender tries again.

use std::collections::{HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, Key, Refusal};

/// How many are remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For how long none may be forgotten. At least twice the window of signed times, as a clock may be ahead as well as behind. Default: 10 minutes.
    pub replay: SignedDuration,
    /// For how long one is remembered where there is room. Default: 72 hours, in which GitHub sends again on demand.
    pub keep: SignedDuration,
    /// Keys at once; a delivery has one or two. Default: 65,536, some 3 MiB; 50 deliveries a second can be taken without end.
    pub most: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { replay: SignedDuration::from_mins(10), keep: SignedDuration::from_hours(72), most: 1 << 16 }
    }
}

/// Keys of deliveries that were here. It is stored with what the deliveries started, and read again after a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Seen {
    /// Oldest first; seconds since 1970.
    order: VecDeque<(i64, Key)>,
    keys: HashSet<Key>,
}

/// Its form in a store.
#[derive(Serialize, Deserialize)]
struct Stored(Vec<(i64, Key)>);

impl Seen {
    /// Takes a delivery that is new, and remembers it. Store it before the sender is told.
    ///
    /// # Errors
    /// It was here before (409), or cannot be remembered (503). Nothing is changed then, but what is old may be forgotten.
    pub fn take(&mut self, delivery: &Delivery, now: Timestamp, bounds: &Bounds) -> Result<(), Refusal> {
        let now = now.as_second();
        self.put_back(now);
        self.forget_before(now.saturating_sub(bounds.keep.as_secs()));
        if delivery.keys.iter().any(|key| self.keys.contains(key)) {
            return Err(Refusal::AlreadySeen(delivery.id.clone()));
        }
        let may_go = now.saturating_sub(bounds.replay.as_secs());
        while self.order.len() + delivery.keys.len() > bounds.most {
            match self.order.front() {
                Some((second, _)) if *second < may_go => self.forget_oldest(),
                Some((second, _)) => {
                    let wait = second.saturating_sub(may_go).saturating_add(1);
                    return Err(Refusal::Full(SignedDuration::from_secs(wait)));
                }
                None => return Err(Refusal::Full(bounds.replay)),
            }
        }
        for key in &delivery.keys {
            if self.keys.insert(*key) {
                self.order.push_back((now, *key));
            }
        }
        Ok(())
    }

    /// Forgets a delivery after all: what it was to start could not be stored, and its sender shall try again.
    pub fn forget(&mut self, delivery: &Delivery) {
        self.order.retain(|(_, key)| !delivery.keys.contains(key));
        for key in &delivery.keys {
            self.keys.remove(key);
        }
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Of a clock that was put back what it showed before is ahead: it counts as seen now, so that all goes in time and none too early.
    fn put_back(&mut self, now: i64) {
        for (second, _) in self.order.iter_mut().rev().take_while(|(second, _)| *second > now) {
            *second = now;
        }
    }

    fn forget_before(&mut self, second: i64) {
        while self.order.front().is_some_and(|(at, _)| *at < second) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.keys.remove(&key);
        }
    }
}

impl From<Stored> for Seen {
    /// In the order of time, whatever the store's is, and each key once.
    fn from(Stored(mut stored): Stored) -> Self {
        stored.sort_by_key(|(second, _)| *second);
        let mut seen = Self::default();
        for (second, key) in stored {
            if seen.keys.insert(key) {
                seen.order.push_back((second, key));
            }
        }
        seen
    }
}

impl From<Seen> for Stored {
    fn from(seen: Seen) -> Self {
        Self(seen.order.into())
    }
}
