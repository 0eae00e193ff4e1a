//! Requests of routes whose release asks for more than weights. Off the way of all others.

use std::rc::Rc;

use weir_api::Track;
use weir_routing::{Because, Decision, Head, Route, decide};

use crate::breaker::Pass;
use crate::worker::{Pair, State, TrackState, Worker};

/// What a request of such a route has besides its track.
#[derive(Default)]
pub(super) struct Extra {
    /// What it takes along of what may fail on the canary.
    pub(super) pass: Option<Pass>,
    /// Canary and baseline that get copies of it.
    pub(super) shadows: Option<Rc<Pair>>,
}

/// Decides for a request of such a route.
#[cold]
pub(super) fn decided<'t>(
    worker: &Worker,
    route: &'t Route,
    head: &Head<'_>,
    state: &mut State,
) -> (Decision<'t>, Rc<TrackState>, Extra) {
    let mut decision = decide(route, head, &mut state.turns);
    let mut pass = None;
    if decision.backend.track == Track::Canary
        && let Some(breaker) = state.beside.as_ref().and_then(|beside| beside.breaker.as_ref())
    {
        pass = breaker.pass();
        if pass.is_none() {
            worker.counters.kept_off.raise();
            decision = decision.without_canary(route);
        }
    }
    let is_alone = matches!(decision.because, Because::Match { shared: false });
    let track = match state.beside.as_mut().filter(|_| is_alone && decision.backend.track == Track::Canary) {
        Some(beside) => beside.matched(worker, route, decision.backend),
        None => state.track(worker, route, decision.backend),
    };
    // Copies are of what stable answers: whoever the canary answers has been its user already.
    let is_stable = decision.backend.track == Track::Stable;
    let shadows = state.beside.as_mut().filter(|_| is_stable).and_then(|beside| beside.shadows(route, head));
    (decision, track, Extra { pass, shadows })
}
