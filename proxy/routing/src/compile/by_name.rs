//! Values by namespace and name, looked up without making a key.

use rustc_hash::FxHashMap;

/// A map whose keys are borrowed from the objects and compared with any other text.
#[derive(Debug)]
pub(super) struct ByName<'o, V> {
    namespaces: FxHashMap<&'o str, FxHashMap<&'o str, V>>,
}

impl<V> Default for ByName<'_, V> {
    fn default() -> Self {
        Self { namespaces: FxHashMap::default() }
    }
}

impl<'o, V> ByName<'o, V> {
    pub(super) fn get(&self, (namespace, name): (&str, &str)) -> Option<&V> {
        self.namespaces.get(namespace)?.get(name)
    }

    pub(super) fn insert(&mut self, (namespace, name): (&'o str, &'o str), value: V) {
        self.namespaces.entry(namespace).or_default().insert(name, value);
    }

    pub(super) fn or_default(&mut self, (namespace, name): (&'o str, &'o str)) -> &mut V
    where
        V: Default,
    {
        self.namespaces.entry(namespace).or_default().entry(name).or_default()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.namespaces.values().flat_map(FxHashMap::values)
    }
}
