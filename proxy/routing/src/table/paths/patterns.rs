//! Paths of a host that are regular expressions: asked one after the other, as nginx does, the longest text first and of those the last by letters.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::pattern::Pattern;
use crate::route::Route;

/// The paths of a host whose paths are regular expressions.
#[derive(Debug)]
pub(in crate::table) struct Patterns {
    in_order: Box<[(Arc<Pattern>, Arc<Route>)]>,
}

impl Patterns {
    pub(super) fn new(routes: &[Arc<Route>]) -> Self {
        let patterns = |route: &Arc<Route>| {
            let patterns = route.patterns.iter().flat_map(|patterns| patterns.iter());
            patterns.map(|pattern| (Arc::clone(pattern), Arc::clone(route))).collect::<Vec<_>>()
        };
        let mut in_order: Vec<_> = routes.iter().flat_map(patterns).collect();
        in_order.sort_by(|(a, one), (b, other)| {
            let key = |pattern: &Arc<Pattern>| {
                Reverse((pattern.is_whole(), pattern.text().len(), Arc::clone(pattern.text())))
            };
            let kind = |route: &Arc<Route>| (route.matches.kind, route.uid);
            key(a).cmp(&key(b)).then_with(|| kind(one).cmp(&kind(other)))
        });
        Self { in_order: in_order.into() }
    }

    /// See [`super::Paths::find`].
    pub(super) fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let path = path.as_bytes();
        self.in_order.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, route)| route)
    }

    /// Every route, once.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        let is_first = |(pattern, route): &&(Arc<Pattern>, Arc<Route>)| {
            route
                .patterns
                .as_ref()
                .and_then(|patterns| patterns.first())
                .is_some_and(|first| Arc::ptr_eq(first, pattern))
        };
        self.in_order.iter().filter(is_first).map(|(_, route)| route)
    }
}
