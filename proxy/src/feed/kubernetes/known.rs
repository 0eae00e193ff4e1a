//! Which objects were given, by key: a list says what there is, and what is gone is only found by comparing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::kind::Kind;

/// What is known of every kind.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<Kind, OfKind>);

#[derive(Debug, Default)]
struct OfKind {
    /// Given and not gone.
    keys: FxHashSet<Arc<str>>,
    /// While a list is read: what was known before and has not come yet.
    missing: Option<FxHashSet<Arc<str>>>,
    /// A whole list was read at least once.
    listed: bool,
}

impl Known {
    /// Nobody asks for objects of a kind: there is nothing to wait for.
    pub(super) fn spare(&mut self, kind: Kind) {
        self.of(kind).listed = true;
    }

    /// Objects of a kind are asked for: it counts when it was listed.
    pub(super) fn expect(&mut self, kind: Kind) {
        self.of(kind).listed = false;
    }

    /// A list begins.
    pub(super) fn begin(&mut self, kind: Kind) {
        let of = self.of(kind);
        of.missing = Some(of.keys.clone());
    }

    /// A list has come to its end; the keys of what was not in it.
    pub(super) fn listed(&mut self, kind: Kind) -> Vec<Arc<str>> {
        let of = self.of(kind);
        of.listed = true;
        of.missing.take().into_iter().flatten().collect()
    }

    /// An object is there.
    pub(super) fn insert(&mut self, kind: Kind, key: &Arc<str>) {
        let of = self.of(kind);
        if let Some(missing) = &mut of.missing {
            missing.remove(key);
        }
        of.keys.insert(Arc::clone(key));
    }

    /// An object is gone; whether it was known.
    pub(super) fn remove(&mut self, kind: Kind, key: &Arc<str>) -> bool {
        let of = self.of(kind);
        if let Some(missing) = &mut of.missing {
            missing.remove(key);
        }
        of.keys.remove(key)
    }

    /// Whether an object is there.
    pub(super) fn has(&self, kind: Kind, key: &Arc<str>) -> bool {
        self.0.get(&kind).is_some_and(|of| of.keys.contains(key))
    }

    /// Whether every object of a kind has been seen once.
    pub(super) fn is_listed(&self, kind: Kind) -> bool {
        self.0.get(&kind).is_some_and(|of| of.listed)
    }

    /// Whether every object of every kind has been seen once.
    pub(super) fn is_complete(&self) -> bool {
        Kind::ALL.into_iter().all(|kind| self.is_listed(kind))
    }

    fn of(&mut self, kind: Kind) -> &mut OfKind {
        self.0.entry(kind).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Kind, Known};

    #[test]
    fn what_a_list_does_not_have_is_gone() {
        let mut known = Known::default();
        let [kept, gone, new]: [Arc<str>; 3] = ["a/kept", "a/gone", "a/new"].map(Arc::from);
        known.begin(Kind::Service);
        known.insert(Kind::Service, &kept);
        known.insert(Kind::Service, &gone);
        assert_eq!(known.listed(Kind::Service), Vec::<Arc<str>>::new());
        known.begin(Kind::Service);
        known.insert(Kind::Service, &new);
        known.insert(Kind::Service, &kept);
        assert_eq!(known.listed(Kind::Service), [Arc::clone(&gone)]);
        assert!(known.remove(Kind::Service, &gone), "known until it is told to be gone");
        assert!(!known.remove(Kind::Service, &gone));
    }

    #[test]
    fn it_is_complete_when_every_kind_was_listed() {
        let mut known = Known::default();
        for kind in Kind::ALL {
            assert!(!known.is_complete());
            known.begin(kind);
            known.listed(kind);
        }
        assert!(known.is_complete());
    }
}
