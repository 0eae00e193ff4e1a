//! Host name to its paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::paths::Paths;
use crate::route::Route;

/// Name of the host that stands for every host.
const ANY: &str = "*";

/// The paths of every host, by the most specific name.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    exact: FxHashMap<Arc<str>, Paths>,
    /// By what follows the one free label, the dot included: `.shop.example`.
    wildcard: FxHashMap<Box<str>, (Arc<str>, Paths)>,
    any: Paths,
    any_is_named: bool,
}

impl Hosts {
    pub(super) fn new(routes: &[Arc<Route>]) -> Self {
        let mut by_host: BTreeMap<Arc<str>, Vec<&Route>> = BTreeMap::new();
        for route in routes {
            by_host.entry(Arc::clone(&route.matches.host)).or_default().push(route);
        }
        let mut hosts = Self::default();
        for (host, routes) in by_host {
            let paths = Paths::new(&routes);
            if &*host == ANY {
                (hosts.any, hosts.any_is_named) = (paths, true);
            } else if let Some(suffix) = host.strip_prefix(ANY) {
                hosts.wildcard.insert(suffix.into(), (Arc::clone(&host), paths));
            } else {
                hosts.exact.insert(host, paths);
            }
        }
        hosts
    }

    /// The name and paths that own a host.
    pub(super) fn owner(&self, host: &str) -> Option<(&str, &Paths)> {
        if let Some((name, paths)) = self.exact.get_key_value(host) {
            return Some((name, paths));
        }
        let suffix = host.find('.').filter(|dot| *dot > 0).and_then(|dot| host.get(dot..));
        if let Some((name, paths)) =
            suffix.filter(|_| !self.wildcard.is_empty()).and_then(|s| self.wildcard.get(s))
        {
            return Some((name, paths));
        }
        self.any_is_named.then_some((ANY, &self.any))
    }

    /// Index of the route for a host and path.
    pub(super) fn find(&self, host: &str, path: &str) -> Option<usize> {
        self.owner(host).and_then(|(_, paths)| paths.find(path).or(paths.default())).or(self.any.default())
    }
}
