//! What a change makes of the routes: which stay the same object, which keep their place in another form, which are new, and which are gone.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::route::{PathKind, Route};
use crate::table::{HostChange, Routes};

/// The routes of the next table under construction.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) routes: Routes,
    pub(super) hosts: FxHashMap<Arc<str>, HostChange>,
    /// Places without a route.
    pub(super) free: BTreeSet<usize>,
    /// The next new route's [`Route::uid`].
    pub(super) uid: u64,
}

/// What becomes of one route.
#[derive(Debug)]
pub(super) enum Planned {
    /// Nothing.
    Same(Arc<Route>),
    /// It keeps its place.
    Other(Route),
    /// It has no place yet.
    New(Route),
}

/// What a route of one Ingress is known by.
fn name(route: &Route) -> (&str, PathKind) {
    (&route.id, route.matches.kind)
}

impl Publication {
    /// Compares an Ingress's routes with those served so far. Those that are gone leave their places.
    pub(super) fn plan(&mut self, served: &[Arc<Route>], routes: Vec<Route>) -> Vec<Planned> {
        let by_name: FxHashMap<_, &Arc<Route>> = served.iter().map(|route| (name(route), route)).collect();
        let mut kept: FxHashSet<usize> = FxHashSet::default();
        let planned = routes.into_iter().map(|route| {
            let before = by_name.get(&name(&route)).copied();
            let Some(before) = before.filter(|before| kept.insert(before.index)) else {
                return Planned::New(route);
            };
            let route = Route { index: before.index, uid: before.uid, ..route };
            if route == **before { Planned::Same(Arc::clone(before)) } else { Planned::Other(route) }
        });
        let planned = planned.collect();
        for route in served.iter().filter(|route| !kept.contains(&route.index)) {
            self.remove(route);
            self.routes.set(route.index, None);
            self.free.insert(route.index);
        }
        planned
    }

    /// Gives every route its place. After every plan of the change, so that what is gone makes room for what is new.
    pub(super) fn publish(&mut self, planned: Vec<Planned>) -> Vec<Arc<Route>> {
        let publish = |planned| match planned {
            Planned::Same(route) => route,
            Planned::Other(route) => {
                if let Some(before) = self.routes.get(route.index).cloned() {
                    self.remove(&before);
                }
                self.add(route)
            }
            Planned::New(route) => {
                let (index, uid) = (self.place(), self.uid);
                self.uid += 1;
                self.add(Route { index, uid, ..route })
            }
        };
        planned.into_iter().map(publish).collect()
    }

    fn place(&mut self) -> usize {
        if let Some(place) = self.free.pop_first() {
            return place;
        }
        let place = self.routes.places();
        self.routes.set(place, None);
        self.free.extend(place + 1..self.routes.places());
        place
    }

    fn add(&mut self, route: Route) -> Arc<Route> {
        let route = Arc::new(route);
        self.routes.set(route.index, Some(Arc::clone(&route)));
        self.change(&route).added.push(Arc::clone(&route));
        route
    }

    fn remove(&mut self, route: &Route) {
        self.change(route).gone.insert(route.index);
    }

    fn change(&mut self, route: &Route) -> &mut HostChange {
        self.hosts.entry(Arc::clone(&route.matches.host)).or_default()
    }
}
