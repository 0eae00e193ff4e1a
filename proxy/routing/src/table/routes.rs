//! Every route, at a place of its own.
//!
//! A route keeps its place from table to table as long as it lives, so whoever keeps state for each route can keep it in a vector. A place that
//! has become free is given to another route, which [`Route::uid`] tells apart. A table shares what it has in common with the one before:
//! places lie in chunks, and only the chunks that change are copied.

use std::sync::Arc;

use crate::route::Route;

/// Places in a chunk.
const CHUNK: usize = 64;

type Chunk = [Option<Arc<Route>>; CHUNK];

/// Every route of a table, by its place, [`Route::index`].
#[derive(Clone, Debug, Default)]
pub struct Routes {
    chunks: Vec<Arc<Chunk>>,
    len: usize,
}

impl Routes {
    /// Number of routes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no route.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of places, the free ones included: every [`Route::index`] is below.
    pub(crate) fn places(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// The route at a place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Arc<Route>> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)?.as_ref()
    }

    /// Every route, by its place.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { routes: self, next: 0 }
    }

    /// Every place whose route is another object than in `before`: what was there, and what is there now.
    pub fn changes<'r>(
        &'r self,
        before: &'r Self,
    ) -> impl Iterator<Item = (Option<&'r Arc<Route>>, Option<&'r Arc<Route>>)> {
        let is_same = |number: &usize| match (before.chunks.get(*number), self.chunks.get(*number)) {
            (Some(before), Some(now)) => Arc::ptr_eq(before, now),
            (_, _) => false,
        };
        let chunks = (0..self.chunks.len().max(before.chunks.len())).filter(move |number| !is_same(number));
        chunks.flat_map(|number| number * CHUNK..(number + 1) * CHUNK).filter_map(|place| {
            match (before.get(place), self.get(place)) {
                (Some(before), Some(now)) if Arc::ptr_eq(before, now) => None,
                (None, None) => None,
                (before, now) => Some((before, now)),
            }
        })
    }

    /// Fills or frees a place.
    pub(crate) fn set(&mut self, index: usize, route: Option<Arc<Route>>) {
        while self.places() <= index {
            self.chunks.push(Arc::new([const { None }; CHUNK]));
        }
        let chunk = self.chunks.get_mut(index / CHUNK).map(Arc::make_mut);
        if let Some(place) = chunk.and_then(|chunk| chunk.get_mut(index % CHUNK)) {
            self.len = self.len + usize::from(route.is_some()) - usize::from(place.is_some());
            *place = route;
        }
    }
}

impl PartialEq for Routes {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<'r> IntoIterator for &'r Routes {
    type Item = &'r Arc<Route>;
    type IntoIter = Iter<'r>;

    fn into_iter(self) -> Iter<'r> {
        self.iter()
    }
}

/// Goes over every route.
#[derive(Clone, Debug)]
pub struct Iter<'r> {
    routes: &'r Routes,
    next: usize,
}

impl<'r> Iterator for Iter<'r> {
    type Item = &'r Arc<Route>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.routes.places() {
            self.next += 1;
            let route = self.routes.get(self.next - 1);
            if route.is_some() {
                return route;
            }
        }
        None
    }
}
