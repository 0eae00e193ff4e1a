//! Which Secrets are read: those that Ingresses of ours name, and no other.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// What Ingresses name, and what is being read.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// By key of the Ingress.
    by_ingress: FxHashMap<Arc<str>, Vec<Arc<str>>>,
    /// By key of the Secret: how many times it is named.
    named: FxHashMap<Arc<str>, usize>,
    /// By key of the Secret that is being read: whether it has changed since.
    reading: FxHashMap<Arc<str>, bool>,
}

impl Secrets {
    /// An Ingress names these now; those that were not named before.
    pub(super) fn name(&mut self, ingress: &Arc<str>, secrets: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let mut new = Vec::new();
        for secret in &secrets {
            let times = self.named.entry(Arc::clone(secret)).or_default();
            *times += 1;
            if *times == 1 {
                new.push(Arc::clone(secret));
            }
        }
        let before = if secrets.is_empty() {
            self.by_ingress.remove(ingress)
        } else {
            self.by_ingress.insert(Arc::clone(ingress), secrets)
        };
        for secret in before.into_iter().flatten() {
            if let Some(times) = self.named.get_mut(&secret) {
                *times -= 1;
                if *times == 0 {
                    self.named.remove(&secret);
                }
            }
        }
        new
    }

    /// Whether any Ingress names it.
    pub(super) fn is_named(&self, secret: &Arc<str>) -> bool {
        self.named.contains_key(secret)
    }

    /// It is to be read. `false`: it is being read, and will be once more.
    pub(super) fn read(&mut self, secret: &Arc<str>) -> bool {
        let is_read = self.reading.contains_key(secret);
        self.reading.insert(Arc::clone(secret), is_read);
        !is_read
    }

    /// It was read. Whether it has to be read again.
    pub(super) fn has_read(&mut self, secret: &Arc<str>) -> bool {
        self.reading.remove(secret).unwrap_or_default() && self.is_named(secret)
    }

    /// Whether none is being read.
    pub(super) fn are_read(&self) -> bool {
        self.reading.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Secrets};

    #[test]
    fn a_secret_is_named_as_long_as_one_ingress_names_it() {
        let mut secrets = Secrets::default();
        let [one, other, key]: [Arc<str>; 3] = ["shop/one", "shop/other", "shop/tls"].map(Arc::from);
        assert_eq!(secrets.name(&one, vec![Arc::clone(&key)]), [Arc::clone(&key)]);
        assert_eq!(secrets.name(&other, vec![Arc::clone(&key)]), Vec::<Arc<str>>::new());
        assert_eq!(secrets.name(&one, vec![Arc::clone(&key)]), Vec::<Arc<str>>::new(), "the same again");
        secrets.name(&one, Vec::new());
        assert!(secrets.is_named(&key));
        secrets.name(&other, Vec::new());
        assert!(!secrets.is_named(&key));
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again() {
        let mut secrets = Secrets::default();
        let [ingress, key]: [Arc<str>; 2] = ["shop/web", "shop/tls"].map(Arc::from);
        secrets.name(&ingress, vec![Arc::clone(&key)]);
        assert!(secrets.read(&key) && !secrets.read(&key) && !secrets.are_read());
        assert!(secrets.has_read(&key), "once more");
        assert!(secrets.read(&key) && !secrets.has_read(&key) && secrets.are_read());
    }
}
