//! Whose turn it is: the windowed draws of one route on one worker.
//!
//! Two levels: first canary-or-baseline against stable, then canary against baseline. Each level on its own is within one request of its share in
//! every prefix. A level starts anew when its share changes, and only then; an update of the table leaves it alone.

use weir_api::Track;

use crate::random::{Random, mix};
use crate::route::Route;
use crate::split::Tracks;

mod draw;

pub use draw::Draw;

/// State of the draws of one route on one worker.
#[derive(Clone, Debug)]
pub struct Turns {
    slots: Random,
    users: Random,
    away: Option<Draw>,
    inner: Option<Draw>,
}

impl Turns {
    /// The turns of a route on a worker with this seed. Every worker of every proxy should have another one.
    #[must_use]
    pub fn of(seed: u64, route: &Route) -> Self {
        Self::new(seed ^ crate::sticky::name_hash(&route.id))
    }

    /// Draws from this seed. Two workers, and two routes, should have different ones.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Ids that users see come from a stream of their own, so they say nothing about the order of the draws.
        Self { slots: Random::new(mix(seed)), users: Random::new(mix(!seed)), away: None, inner: None }
    }

    /// Takes the next turn.
    pub(crate) fn next(&mut self, tracks: &Tracks) -> Track {
        let Self { slots, away, inner, .. } = self;
        if !Draw::of(away, tracks.away(), slots).next(slots) {
            Track::Stable
        } else if Draw::of(inner, tracks.inner(), slots).next(slots) {
            Track::Canary
        } else {
            Track::Baseline
        }
    }

    /// Takes the next turn of requests that canary and baseline share whatever the weights. Where weights move requests too, both take turns of the
    /// same draw, so that the two tracks get the same mixture.
    pub(crate) fn share(&mut self, tracks: &Tracks) -> Track {
        let Self { slots, inner, .. } = self;
        let is_canary = Draw::of(inner, tracks.shared(), slots).next(slots);
        if is_canary { Track::Canary } else { Track::Baseline }
    }

    /// An id for a user who has none.
    pub(crate) fn user(&mut self) -> u64 {
        self.users.next_u64()
    }
}
