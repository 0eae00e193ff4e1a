//! The paths of one host: longest match without a scan.
//!
//! Most hosts have one path, which is compared with the request's as it is. Of more, a hash table has each path; a request's path is hashed once
//! from left to right, and the table is asked where a known path can end: before a slash and at the end for Prefix and Exact, anywhere for
//! ImplementationSpecific, and only at lengths that some known path has. So what a lookup costs depends on the request's path, not on the number of
//! known ones: of 10,000, a binary search would read a dozen places in turn, each one a cache miss.

use std::sync::Arc;

use crate::route::Route;

mod index;
mod lengths;

use index::Index;

/// The paths of one host, without the default backend.
#[derive(Debug, Default)]
pub(super) enum Paths {
    /// No path.
    #[default]
    None,
    /// One.
    One(Arc<Route>),
    /// More.
    Many(Box<Index>),
}

impl Paths {
    /// Of two routes that take the same paths the first is found.
    pub(super) fn new(mut routes: Vec<Arc<Route>>) -> Self {
        if routes.len() > 1 {
            return Self::Many(Box::new(Index::new(routes)));
        }
        routes.pop().map_or(Self::None, Self::One)
    }

    /// The route with the longest match: Exact, then Prefix, then ImplementationSpecific for the same length.
    #[inline]
    pub(super) fn find(&self, path: &str) -> Option<&Arc<Route>> {
        match self {
            Self::None => None,
            Self::One(route) => route.matches.takes_path(path).then_some(route),
            Self::Many(index) => index.find(path),
        }
    }

    /// Every route, in no order.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(route) => (Some(route), None),
            Self::Many(index) => (None, Some(index)),
        };
        one.into_iter().chain(many.into_iter().flat_map(|index| index.routes()))
    }
}
