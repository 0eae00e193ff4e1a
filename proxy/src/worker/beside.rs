//! What one worker keeps for a route whose release asks for more than weights. Most routes have none of it.

use std::rc::Rc;
use std::sync::Arc;

use weir_api::Track;
use weir_routing::split::{Copying, Tracks};
use weir_routing::{Backend, Head, Route, Split};

use super::Worker;
use super::tracks::TrackState;
use crate::breaker::Breaker;
use crate::registry::copies_key;
use crate::registry::matched_key;

/// What one worker keeps for a route whose release asks for more than weights.
#[derive(Default)]
pub(crate) struct Beside {
    /// The canary, for requests that a header route brings to it alone.
    matched: Option<Rc<TrackState>>,
    /// Canary and baseline as copies of requests go to them.
    shadows: Option<Shadows>,
    /// What takes the canary out when it fails.
    pub(crate) breaker: Option<Arc<Breaker>>,
}

impl Beside {
    /// What is kept for a route. What fits it of `before` goes on.
    pub(super) fn of(worker: &Worker, route: &Route, before: Option<Box<Self>>) -> Option<Box<Self>> {
        let Split::Tracks(tracks) = &route.split else { return None };
        tracks.besides.as_ref()?;
        let mut beside = before.unwrap_or_default();
        beside.breaker = worker.shared.breakers.of(route);
        let fits = |matched: &Rc<TrackState>| {
            matched.backend == *tracks.canary() && matched.is_watched_by(beside.breaker.as_ref())
        };
        beside.matched = beside.matched.take().filter(fits);
        beside.shadows = Shadows::of(worker, route, tracks, beside.shadows.take());
        Some(beside)
    }

    /// Where copies of a request of this route go; `None`: none are made of it. A canary that was taken out for what it failed gets none.
    pub(crate) fn shadows(&mut self, route: &Route, head: &Head<'_>) -> Option<Rc<Pair>> {
        let Split::Tracks(tracks) = &route.split else { return None };
        let shadows = self.shadows.as_mut()?;
        if self.breaker.as_ref().is_some_and(|breaker| breaker.is_open()) {
            return None;
        }
        shadows.pair(tracks, head)
    }

    /// The canary of the route, for requests that a header route brings to it alone.
    pub(crate) fn matched(&mut self, worker: &Worker, route: &Route, canary: &Backend) -> Rc<TrackState> {
        let make = || Rc::new(TrackState::counted_as(worker, route, matched_key(route, canary), canary));
        Rc::clone(self.matched.get_or_insert_with(make))
    }
}

/// Where both copies of a request go: like with like.
pub(crate) struct Pair {
    pub(crate) canary: Rc<TrackState>,
    pub(crate) baseline: Rc<TrackState>,
}

/// What one worker keeps for copies of the requests of a route.
struct Shadows {
    /// Which requests are copied.
    turns: Copying,
    pair: Rc<Pair>,
}

impl Shadows {
    /// What is kept for a route. What fits it of `before` goes on.
    fn of(worker: &Worker, route: &Route, tracks: &Tracks, before: Option<Self>) -> Option<Self> {
        let (canary, baseline) = tracks.copied_to()?;
        let fits = |pair: &Pair| pair.canary.backend == *canary && pair.baseline.backend == *baseline;
        let make = |track, backend: &Backend| {
            let key = copies_key(route, track, backend);
            // What fails on a copy costs no user anything, so no breaker hears of it.
            Rc::new(TrackState { breaker: None, ..TrackState::counted_as(worker, route, key, backend) })
        };
        let (turns, pair) = match before {
            Some(Self { turns, pair }) => (turns, Some(pair).filter(|pair| fits(pair))),
            None => (Copying::of(worker.seed, route), None),
        };
        let pair = pair.unwrap_or_else(|| {
            let (canary, baseline) = (make(Track::Canary, canary), make(Track::Baseline, baseline));
            Rc::new(Pair { canary, baseline })
        });
        Some(Self { turns, pair })
    }

    /// Where copies of this request go; `None`: none are made of it.
    fn pair(&mut self, tracks: &Tracks, head: &Head<'_>) -> Option<Rc<Pair>> {
        self.turns.takes(tracks.mirror_routes(), head).then(|| Rc::clone(&self.pair))
    }
}
