//! Whose turn it is: the windowed draws of one route on one worker.
//!
//! Two levels: first canary-or-baseline against stable, then canary against baseline. Each level on its own is within one request of its share in
//! every prefix. A level starts anew when its share changes, and only then; an update of the table leaves it alone.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::Track;

use crate::random::{Random, mix};
use crate::route::Route;
use crate::split::Tracks;
use crate::table::Table;

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

    /// An id for a user who has none.
    pub(crate) fn user(&mut self) -> u64 {
        self.users.next_u64()
    }
}

/// The turns of every route on one worker, in the order of the table's routes.
#[derive(Debug)]
pub struct WorkerTurns {
    seed: u64,
    turns: Vec<(Arc<str>, Turns)>,
}

impl WorkerTurns {
    /// No routes yet. Every worker of every proxy should have another seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, turns: Vec::new() }
    }

    /// Follows a new table: a route that stays, by its id, keeps its turns.
    pub fn adopt(&mut self, table: &Table) {
        let mut kept: FxHashMap<Arc<str>, Turns> = std::mem::take(&mut self.turns).into_iter().collect();
        self.turns = table
            .routes()
            .iter()
            .map(|route| {
                let turns = kept
                    .remove(&route.id)
                    .unwrap_or_else(|| Turns::new(self.seed ^ crate::sticky::name_hash(&route.id)));
                (Arc::clone(&route.id), turns)
            })
            .collect();
    }

    /// The turns of a route of the table adopted last; `None` for any other.
    pub fn of(&mut self, route: &Route) -> Option<&mut Turns> {
        self.turns.get_mut(route.index).map(|(_, turns)| turns)
    }
}
