//! The paths of one host: longest match without a scan.
//!
//! Most hosts have one path, which is compared with the request's as it is. Of more, a hash table has each path; a request's path is hashed once
//! from left to right, and the table is asked where a known path can end: before a slash and at the end for Prefix and Exact, anywhere for
//! ImplementationSpecific, and only at lengths that some known path has. So what a lookup costs depends on the request's path, not on the number of
//! known ones: of 10,000, a binary search would read a dozen places in turn, each one a cache miss. A path that was written with a slash at its end is
//! found without it as well, unless another route has that very path: its policy sends the client to the slash. Only hosts whose paths are regular
//! expressions are scanned.

use std::sync::Arc;

use crate::route::Route;

mod index;
mod patterns;

use index::Index;
use patterns::Patterns;

/// The paths of one host, without the default backend. A copy shares what it is a copy of.
#[derive(Clone, Debug, Default)]
pub(super) enum Paths {
    /// No path.
    #[default]
    None,
    /// One.
    One(Arc<Route>),
    /// More.
    Many(Arc<Index>),
    /// Any number of regular expressions.
    Patterns(Arc<Patterns>),
}

impl Paths {
    /// Of two routes that take the same paths the first is found.
    pub(super) fn new(mut routes: Vec<Arc<Route>>) -> Self {
        if routes.iter().any(|route| route.patterns.is_some()) {
            return Self::Patterns(Arc::new(Patterns::new(&routes)));
        }
        if routes.len() > 1 {
            return Self::Many(Arc::new(Index::new(routes)));
        }
        routes.pop().map_or(Self::None, Self::One)
    }

    /// The route with the longest match: Exact, then Prefix, then ImplementationSpecific for the same length.
    #[inline]
    pub(super) fn find(&self, path: &str) -> Option<&Arc<Route>> {
        match self {
            Self::None => None,
            Self::One(route) if route.matches.takes_path(path) => Some(route),
            Self::One(route) => Some(route).filter(|route| route.slashless() == Some(path)),
            Self::Many(index) => index.find(path),
            Self::Patterns(patterns) => patterns.find(path),
        }
    }

    /// Every route, in no order.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        let (one, many, patterns) = match self {
            Self::None => (None, None, None),
            Self::One(route) => (Some(route), None, None),
            Self::Many(index) => (None, Some(index), None),
            Self::Patterns(patterns) => (None, None, Some(patterns)),
        };
        let many = many.into_iter().flat_map(|index| index.routes());
        one.into_iter().chain(many).chain(patterns.into_iter().flat_map(|patterns| patterns.routes()))
    }
}
