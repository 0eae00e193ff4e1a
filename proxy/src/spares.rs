//! Things that are costly to make and are used for one request after the other, while nobody uses them.

use std::cell::{Cell, RefCell};

/// What waits to be used again. One worker's own.
pub(crate) struct Spares<T> {
    idle: RefCell<Vec<T>>,
    /// More than this are dropped.
    most: usize,
    /// The fewest that waited at any time since the last tidying: so many were not needed.
    unused: Cell<usize>,
}

impl<T> Spares<T> {
    /// None yet, and never more than `most`.
    pub(crate) fn new(most: usize) -> Self {
        Self { idle: RefCell::default(), most, unused: Cell::new(0) }
    }

    /// The one used last, which the caches still hold.
    pub(crate) fn take(&self) -> Option<T> {
        let mut idle = self.idle.borrow_mut();
        let taken = idle.pop();
        self.unused.set(self.unused.get().min(idle.len()));
        taken
    }

    /// It is not needed now.
    pub(crate) fn give_back(&self, spare: T) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < self.most {
            idle.push(spare);
        }
    }

    /// Gives back memory that was needed for a moment: half of what nobody has used since the last time.
    pub(crate) fn tidy(&self) {
        let mut idle = self.idle.borrow_mut();
        let dropped = self.unused.get().min(idle.len()).div_ceil(2);
        // Those used longest ago lie first.
        idle.drain(..dropped);
        self.unused.set(idle.len());
    }
}

#[cfg(test)]
mod tests {
    use super::Spares;

    #[test]
    fn what_is_used_is_kept_and_what_is_not_goes_by_halves() {
        let spares = Spares::new(8);
        (0..10).for_each(|n| spares.give_back(n));
        spares.tidy();
        for left in [8, 8, 8] {
            // Six of eight are in use at some moment.
            let used: Vec<i32> = (0..6).filter_map(|_| spares.take()).collect();
            used.into_iter().rev().for_each(|n| spares.give_back(n));
            assert!(spares.idle.borrow().len() <= left);
            spares.tidy();
            assert!(spares.idle.borrow().len() >= 6, "what was used is kept");
        }
        for _ in 0..4 {
            spares.tidy();
        }
        assert!(spares.take().is_none());
    }
}
