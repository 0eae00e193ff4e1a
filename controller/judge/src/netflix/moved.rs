//! Which way a metric moved, and whether that counts.

use super::comparison::Class;
use super::options::{Direction, Thresholds};

/// Which way the experiment is from the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Up,
    Down,
}

impl Moved {
    /// Both ways, in the order in which they are asked.
    pub(super) const WAYS: [Self; 2] = [Self::Up, Self::Down];

    pub(super) const fn class(self) -> Class {
        match self {
            Self::Up => Class::High,
            Self::Down => Class::Low,
        }
    }

    /// A difference as it is seen this way: positive where it goes there.
    pub(super) const fn along(self, difference: f64) -> f64 {
        match self {
            Self::Up => difference,
            Self::Down => -difference,
        }
    }

    /// Whether a metric of this direction fails by it.
    pub(super) fn is_in(self, direction: Direction) -> bool {
        match direction {
            Direction::Increase => self == Self::Up,
            Direction::Decrease => self == Self::Down,
            Direction::Either => true,
        }
    }

    /// Whether an effect reaches the threshold; one that is not a number does.
    pub(super) fn reaches(self, effect: f64, from: Thresholds) -> bool {
        effect.is_nan()
            || match self {
                Self::Up => effect >= from.increase,
                Self::Down => effect <= from.decrease,
            }
    }
}
