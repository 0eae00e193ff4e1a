//! One worker's view of the table: turns, endpoints and series of each route, found once and not by name again.
//!
//! A route's state lies at the route's place and is made on the first request, because most workers never see most of ten thousand routes. A new
//! table is one pointer to follow: whether a state still fits its route is seen when the next request asks for it, by the route's identity, and what
//! did not change is carried over, so that a change of weights touches neither pools nor series. What nobody asks for any more is found by
//! [`States::tidy`], a part of it each time.

use std::rc::Rc;
use std::sync::Arc;

use weir_api::Track;
use weir_routing::{Backend, Route, Table, Turns};
use weir_telemetry::recorder::Series;
use weir_telemetry::wire::SeriesKey;

use super::Worker;
use super::beside::Beside;
use crate::breaker::Breaker;
use crate::registry::key_of;
use crate::upstream::Endpoint;

/// Places that one call of [`States::tidy`] looks at.
const TIDY: usize = 1024;

/// The table that one worker follows now.
pub(crate) struct Routes {
    pub(crate) table: Arc<Table>,
}

/// One track of one route on one worker.
pub(crate) struct TrackState {
    pub(crate) backend: Backend,
    pub(crate) endpoints: Box<[Rc<Endpoint>]>,
    pub(crate) series: Arc<Series>,
    /// What watches the release, and takes its canary out when that fails.
    pub(crate) breaker: Option<Arc<Breaker>>,
}

/// What one worker knows about every route it has served.
#[derive(Default)]
pub(super) struct States {
    /// By the route's place.
    states: Vec<Option<Box<State>>>,
    /// Where the next tidying begins.
    next: usize,
}

/// What one worker knows about one route.
pub(crate) struct State {
    /// What it was made for.
    route: Arc<Route>,
    pub(crate) turns: Turns,
    /// Stable, baseline, canary.
    tracks: [Option<Rc<TrackState>>; 3],
    /// Where its release asks for more than weights.
    pub(crate) beside: Option<Box<Beside>>,
}

impl States {
    /// The state of a route. `None`: the route is of an older table, and its place has another one already.
    pub(super) fn of(&mut self, worker: &Worker, route: &Arc<Route>) -> Option<&mut State> {
        if self.states.len() <= route.index {
            self.states.resize_with(route.index + 1, || None);
        }
        let place = self.states.get_mut(route.index)?;
        match place {
            Some(state) if Arc::ptr_eq(&state.route, route) => {}
            Some(state) if state.route.uid == route.uid => state.follow(worker, route),
            Some(state) if state.route.uid > route.uid => return None,
            Some(_) | None => *place = Some(Box::new(State::new(worker, route))),
        }
        place.as_deref_mut()
    }

    /// Lets go of routes that are gone, and brings up to date what nobody asks for, so that it does not hold endpoints that are gone.
    pub(super) fn tidy(&mut self, worker: &Worker, table: &Table) {
        let places = self.states.len();
        for _ in 0..places.min(TIDY) {
            self.next = if self.next + 1 < places { self.next + 1 } else { 0 };
            let Some(place) = self.states.get_mut(self.next) else { continue };
            let Some(state) = place else { continue };
            match table.routes().get(self.next) {
                Some(route) if Arc::ptr_eq(&state.route, route) => {}
                Some(route) if state.route.uid == route.uid => state.follow(worker, route),
                Some(_) | None => *place = None,
            }
        }
    }

    /// How many routes it knows something about.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.states.iter().flatten().count()
    }
}

impl State {
    fn new(worker: &Worker, route: &Arc<Route>) -> Self {
        let tracks = std::array::from_fn(|_| None);
        Self {
            turns: Turns::of(worker.seed, route),
            tracks,
            beside: Beside::of(worker, route, None),
            route: Arc::clone(route),
        }
    }

    /// The endpoints and series of a backend of its route.
    pub(crate) fn track(&mut self, worker: &Worker, route: &Route, backend: &Backend) -> Rc<TrackState> {
        let make = || Rc::new(TrackState::new(worker, route, backend));
        match place_of(backend.track).and_then(|place| self.tracks.get_mut(place)) {
            Some(track) => Rc::clone(track.get_or_insert_with(make)),
            None => make(),
        }
    }

    /// Fits the same route in another form: the turns go on, tracks in use are the same object where nothing about the backend changed, and have the
    /// same endpoints and series where it did.
    #[cold]
    fn follow(&mut self, worker: &Worker, route: &Arc<Route>) {
        let breaker = worker.shared.breakers.of(route);
        for track in &mut self.tracks {
            let Some(state) = track else { continue };
            let backend = route.split.backends().find(|backend| backend.track == state.backend.track);
            match backend {
                None => *track = None,
                Some(backend)
                    if *backend == state.backend
                        && route.service == self.route.service
                        && state.is_watched_by(breaker.as_ref()) => {}
                Some(backend) => *track = Some(Rc::new(TrackState::new(worker, route, backend))),
            }
        }
        self.beside = Beside::of(worker, route, self.beside.take());
        self.route = Arc::clone(route);
    }
}

impl TrackState {
    fn new(worker: &Worker, route: &Route, backend: &Backend) -> Self {
        Self::counted_as(worker, route, key_of(route, backend), backend)
    }

    /// The same counted under another key.
    pub(super) fn counted_as(worker: &Worker, route: &Route, key: SeriesKey, backend: &Backend) -> Self {
        let breaker = worker.shared.breakers.of(route);
        let endpoint = |address| worker.endpoints.get(backend, address);
        Self {
            endpoints: backend.endpoints.iter().map(|address| endpoint(*address)).collect(),
            series: worker.series(key, backend),
            breaker,
            backend: backend.clone(),
        }
    }

    /// Whether what watches it is this.
    pub(super) fn is_watched_by(&self, breaker: Option<&Arc<Breaker>>) -> bool {
        self.breaker.as_ref().map(Arc::as_ptr) == breaker.map(Arc::as_ptr)
    }
}

fn place_of(track: Track) -> Option<usize> {
    match track {
        Track::Stable => Some(0),
        Track::Baseline => Some(1),
        Track::Canary => Some(2),
        Track::Shadow => None,
    }
}
