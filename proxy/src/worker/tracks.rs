//! One worker's view of the table: endpoints and series of each track, looked up once and not by name again.
//!
//! Made on first use, because most workers never see most of ten thousand routes; carried over when the table changes, so that a change of
//! weights touches neither pools nor series.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::Track;
use weir_routing::{Backend, Route, Table};
use weir_telemetry::recorder::Series;

use super::Worker;
use crate::upstream::Endpoint;

/// The table and what this worker knows about its tracks.
pub(crate) struct Routes {
    pub(crate) table: Arc<Table>,
    /// By route index and place of the track.
    tracks: Box<[[OnceCell<Rc<TrackState>>; 3]]>,
}

/// One track of one route on one worker.
pub(crate) struct TrackState {
    pub(crate) backend: Backend,
    pub(crate) endpoints: Box<[Rc<Endpoint>]>,
    pub(crate) series: Arc<Series>,
}

impl Routes {
    pub(super) fn empty() -> Self {
        Self::new(Arc::default())
    }

    fn new(table: Arc<Table>) -> Self {
        let tracks = table.routes().iter().map(|_| Default::default()).collect();
        Self { table, tracks }
    }

    /// The state of one backend of a route.
    pub(crate) fn track(&self, worker: &Worker, route: &Route, backend: &Backend) -> Rc<TrackState> {
        let make = || Rc::new(TrackState::new(worker, route, backend));
        match self.cell(route.index, backend.track) {
            Some(cell) => Rc::clone(cell.get_or_init(make)),
            None => make(),
        }
    }

    fn cell(&self, index: usize, track: Track) -> Option<&OnceCell<Rc<TrackState>>> {
        let place = match track {
            Track::Stable => 0,
            Track::Baseline => 1,
            Track::Canary => 2,
            Track::Shadow => return None,
        };
        self.tracks.get(index)?.get(place)
    }

    /// The view of a new table. Tracks in use are carried over: the same object where nothing about the backend changed, the same endpoints
    /// and series where it did.
    pub(super) fn follow(&self, table: Arc<Table>, worker: &Worker) -> Self {
        let used = || self.table.routes().iter().zip(&self.tracks);
        let next = Self::new(table);
        if used().all(|(_, tracks)| tracks.iter().all(|cell| cell.get().is_none())) {
            return next;
        }
        let by_id: FxHashMap<&str, &Arc<Route>> =
            next.table.routes().iter().map(|route| (&*route.id, route)).collect();
        for (old, tracks) in used() {
            let Some(route) = by_id.get(&*old.id) else { continue };
            for state in tracks.iter().filter_map(OnceCell::get) {
                let Some(backend) = route.split.backends().find(|b| b.track == state.backend.track) else {
                    continue;
                };
                let same = *backend == state.backend && route.service == old.service;
                let carried =
                    if same { Rc::clone(state) } else { Rc::new(TrackState::new(worker, route, backend)) };
                if let Some(cell) = next.cell(route.index, backend.track) {
                    let _ = cell.set(carried);
                }
            }
        }
        next
    }
}

impl TrackState {
    fn new(worker: &Worker, route: &Route, backend: &Backend) -> Self {
        let endpoint = |address| worker.endpoints.get(worker, address, backend.protocol, &backend.revision);
        Self {
            endpoints: backend.endpoints.iter().map(|address| endpoint(*address)).collect(),
            series: worker.series(route, backend),
            backend: backend.clone(),
        }
    }
}
