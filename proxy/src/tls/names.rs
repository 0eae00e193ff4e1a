//! The certificate of a host: by its name, then by the wildcard for its first label, as Ingress hosts are found.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;
use rustls::sign::CertifiedKey;
use rustls_pki_types::UnixTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::Certificate;

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

    /// Every name with its value, a wildcard with its asterisk.
    pub(super) fn iter(&self) -> impl Iterator<Item = (String, &V)> {
        let exact = self.exact.iter().map(|(name, value)| (name.to_string(), value));
        exact.chain(self.wildcards.iter().map(|(rest, value)| (format!("*{rest}"), value)))
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

/// The first second at which a certificate is not valid any more; `None`: it cannot be read, or ends before 1970.
pub(super) fn end_of(pair: &CertifiedKey) -> Option<UnixTime> {
    let (_, certificate) = X509Certificate::from_der(pair.end_entity_cert().ok()?).ok()?;
    let last = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    // RFC 5280, 4.1.2.5: the last second belongs to it.
    Some(UnixTime::since_unix_epoch(Duration::from_secs(last.saturating_add(1))))
}

/// When the certificates of hosts end, by host; each certificate is read once, however many hosts it has.
pub(super) fn ends_by_host(names: &Names<Certificate>) -> Vec<(String, UnixTime)> {
    let mut known: FxHashMap<*const CertifiedKey, Option<UnixTime>> = FxHashMap::default();
    let end = |(host, pair): (String, &Certificate)| {
        let end = *known.entry(Arc::as_ptr(pair)).or_insert_with(|| end_of(pair));
        Some((host, end?))
    };
    let mut ends: Vec<_> = names.iter().filter_map(end).collect();
    ends.sort_unstable();
    ends
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
