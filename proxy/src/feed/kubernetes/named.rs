//! Which Secrets and ConfigMaps are read: those that Ingresses of ours name, and no other.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_routing::Named;

/// What Ingresses name, and what is being read.
#[derive(Debug, Default)]
pub(super) struct References {
    /// By key of the Ingress.
    by_ingress: FxHashMap<Arc<str>, Vec<Named>>,
    /// How many times something is named.
    times: FxHashMap<Named, usize>,
    /// What is being read: whether it has changed since.
    reading: FxHashMap<Named, bool>,
    /// Something cannot be read now, so nothing is waited for.
    fails: bool,
}

impl References {
    /// An Ingress names these now; those that were not named before.
    pub(super) fn name(&mut self, ingress: &Arc<str>, named: Vec<Named>) -> Vec<Named> {
        let mut new = Vec::new();
        for one in &named {
            let times = self.times.entry(one.clone()).or_default();
            *times += 1;
            if *times == 1 {
                new.push(one.clone());
            }
        }
        let before = if named.is_empty() {
            self.by_ingress.remove(ingress)
        } else {
            self.by_ingress.insert(Arc::clone(ingress), named)
        };
        for one in before.into_iter().flatten() {
            if let Some(times) = self.times.get_mut(&one) {
                *times -= 1;
                if *times == 0 {
                    self.times.remove(&one);
                }
            }
        }
        new
    }

    /// Whether any Ingress names it.
    pub(super) fn has(&self, named: &Named) -> bool {
        self.times.contains_key(named)
    }

    /// It is to be read. `false`: it is being read, and will be once more.
    pub(super) fn read(&mut self, named: &Named) -> bool {
        let is_read = self.reading.contains_key(named);
        self.reading.insert(named.clone(), is_read);
        !is_read
    }

    /// It was read. Whether it has to be read again.
    pub(super) fn has_read(&mut self, named: &Named) -> bool {
        self.fails = false;
        self.reading.remove(named).unwrap_or_default() && self.has(named)
    }

    /// Something cannot be read now.
    pub(super) fn give_up(&mut self) {
        self.fails = true;
    }

    /// Whether there is nothing to wait for.
    pub(super) fn are_read(&self) -> bool {
        self.reading.is_empty() || self.fails
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Named, References};

    #[test]
    fn a_secret_is_named_as_long_as_one_ingress_names_it() {
        let mut references = References::default();
        let [one, other]: [Arc<str>; 2] = ["shop/one", "shop/other"].map(Arc::from);
        let key = Named::Secret("shop/tls".into());
        assert_eq!(references.name(&one, vec![key.clone()]), std::slice::from_ref(&key));
        assert_eq!(references.name(&other, vec![key.clone()]), []);
        assert_eq!(references.name(&one, vec![key.clone()]), [], "the same again");
        references.name(&one, Vec::new());
        assert!(references.has(&key));
        assert!(!references.has(&Named::ConfigMap("shop/tls".into())), "a kind of its own");
        references.name(&other, Vec::new());
        assert!(!references.has(&key));
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again() {
        let mut references = References::default();
        let (ingress, key) = (Arc::from("shop/web"), Named::Secret("shop/tls".into()));
        references.name(&ingress, vec![key.clone()]);
        assert!(references.read(&key) && !references.read(&key) && !references.are_read());
        assert!(references.has_read(&key), "once more");
        assert!(references.read(&key) && !references.has_read(&key) && references.are_read());
    }
}
