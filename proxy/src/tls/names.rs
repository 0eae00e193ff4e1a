//! The certificate of a host: by its name, then by the wildcard for its first label, as Ingress hosts are found.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

/// A value for each name. `*.shop.example` stands for one label.
#[derive(Debug)]
pub(crate) struct Names<V> {
    exact: FxHashMap<Box<str>, V>,
    /// Without the asterisk: `.shop.example`.
    wildcards: FxHashMap<Box<str>, V>,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Self { exact: FxHashMap::default(), wildcards: FxHashMap::default() }
    }
}

impl<V> Names<V> {
    /// Gives a name a value, unless it has one.
    pub(super) fn add(&mut self, name: &str, value: impl FnOnce() -> V) {
        let name = normal(name);
        match name.strip_prefix('*') {
            Some(rest) => self.wildcards.entry(rest.into()).or_insert_with(value),
            None => self.exact.entry(name.into()).or_insert_with(value),
        };
    }

    /// Whether a name has a value of its own.
    pub(super) fn has(&self, name: &str) -> bool {
        let name = normal(name);
        match name.strip_prefix('*') {
            Some(rest) => self.wildcards.contains_key(rest),
            None => self.exact.contains_key(&*name),
        }
    }

    /// The value for a host.
    pub(crate) fn find(&self, host: &str) -> Option<&V> {
        let host = normal(host);
        let suffix = || host.find('.').and_then(|dot| host.get(dot..));
        self.exact.get(&*host).or_else(|| self.wildcards.get(suffix()?))
    }
}

/// In lower case and without a dot at the end.
fn normal(name: &str) -> Cow<'_, str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn an_exact_name_comes_before_a_wildcard_of_one_label() {
        let mut names = Names::default();
        for (number, name) in
            ["shop.example", "*.shop.example", "API.shop.example", "*.shop.example"].iter().enumerate()
        {
            names.add(name, || number);
        }
        for (host, expected) in [
            ("shop.example", Some(0)),
            ("SHOP.example.", Some(0)),
            ("a.shop.example", Some(1)),
            ("api.Shop.example", Some(2)),
            ("a.b.shop.example", None),
            ("example", None),
            ("", None),
        ] {
            assert_eq!(names.find(host).copied(), expected, "{host}");
        }
        assert!(names.has("*.Shop.Example") && !names.has("a.shop.example"));
    }
}
