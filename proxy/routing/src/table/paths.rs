//! The paths of one host: longest match without a scan.
//!
//! Paths lie sorted in one string. Whatever known path is a prefix of the request's is also a prefix of the greatest known path that is not above
//! it, so one binary search finds that one, and links to the longest known proper prefix lead to all others, longest first. How far a link is good
//! is one comparison of lengths.

use std::collections::BTreeMap;

use crate::route::{PathKind, Route};

/// The paths of one host.
#[derive(Debug, Default)]
pub(super) struct Paths {
    text: Box<str>,
    entries: Box<[Entry]>,
    default: Option<usize>,
}

/// One path, and the routes that have it, one for each kind.
#[derive(Debug)]
struct Entry {
    start: usize,
    len: usize,
    /// The longest other entry that is a prefix of this one.
    parent: Option<usize>,
    exact: Option<usize>,
    prefix: Option<usize>,
    bytes: Option<usize>,
}

impl Entry {
    /// The route of this entry for `path`, of which the entry's text is a prefix.
    fn route(&self, path: &str) -> Option<usize> {
        match path.as_bytes().get(self.len) {
            None => self.exact.or(self.prefix).or(self.bytes),
            Some(b'/') => self.prefix.or(self.bytes),
            Some(_) => self.bytes,
        }
    }
}

impl Paths {
    pub(super) fn new(routes: &[&Route]) -> Self {
        let mut by_path: BTreeMap<&str, [Option<usize>; 3]> = BTreeMap::new();
        let mut default = None;
        for route in routes {
            let mut slot = |kind: usize| {
                if let Some(place) = by_path.entry(&*route.matches.path).or_default().get_mut(kind) {
                    place.get_or_insert(route.index);
                }
            };
            match route.matches.kind {
                PathKind::Exact => slot(0),
                PathKind::Prefix => slot(1),
                PathKind::ImplementationSpecific => slot(2),
                PathKind::Default => _ = default.get_or_insert(route.index),
            }
        }
        let mut text = String::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(by_path.len());
        // Entries whose text is a prefix of the current one, shortest first.
        let mut open: Vec<(usize, &str)> = Vec::new();
        for (path, [exact, prefix, bytes]) in by_path {
            while open.pop_if(|(_, above)| !path.starts_with(*above)).is_some() {}
            let parent = open.last().map(|(index, _)| *index);
            open.push((entries.len(), path));
            entries.push(Entry { start: text.len(), len: path.len(), parent, exact, prefix, bytes });
            text.push_str(path);
        }
        Self { text: text.into(), entries: entries.into(), default }
    }

    /// Index of the host's default backend.
    pub(super) fn default(&self) -> Option<usize> {
        self.default
    }

    /// Index of the route with the longest match: Exact, then Prefix, then ImplementationSpecific for the same length.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        if !path.starts_with('/') {
            return None;
        }
        let path_bytes = path.as_bytes();
        let above = self.entries.partition_point(|entry| self.key(entry) <= path_bytes);
        let mut entry = self.entries.get(above.checked_sub(1)?)?;
        let common = self.key(entry).iter().zip(path_bytes).take_while(|(a, b)| a == b).count();
        loop {
            if entry.len <= common
                && let Some(route) = entry.route(path)
            {
                return Some(route);
            }
            entry = self.entries.get(entry.parent?)?;
        }
    }

    fn key(&self, entry: &Entry) -> &[u8] {
        self.text.as_bytes().get(entry.start..entry.start + entry.len).unwrap_or_default()
    }
}
