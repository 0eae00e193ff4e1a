//! What objects say about certificates, put to where handshakes find it.
//!
//! Two things need Secrets: hosts, where something listens for TLS, and the proxy itself, which shows certificates to upstreams and checks those of others. Each
//! has its place here; what Secrets hold is read once for both.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::networking::v1::Ingress;
use rustc_hash::FxHashMap;
use weir_routing::rejection::Place;
use weir_routing::{Objects, Rejection};

use crate::feed::Changed;
use crate::process::Shared;
use crate::tls::{Book, Resolver, Secrets, Wants};

/// What is known of certificates from one change to the next.
pub(super) struct Certificates {
    secrets: Secrets,
    /// Those of hosts; `None`: nothing listens for TLS.
    hosts: Option<Hosts>,
    own: Own,
}

/// Certificates that clients are shown.
struct Hosts {
    book: Book,
    /// Gets them.
    resolver: Arc<Resolver>,
    faults: Vec<Rejection>,
}

/// Certificates that the proxy shows to upstreams, and what it checks others with.
#[derive(Default)]
struct Own {
    wants: Wants,
    faults: Vec<Rejection>,
    /// They have changed since the last table.
    has_settled: bool,
}

impl Certificates {
    /// Nothing is known yet. `resolver`: gets the certificates of hosts; `None`: nothing listens for TLS.
    pub(super) fn new(resolver: Option<Arc<Resolver>>) -> Self {
        let hosts = resolver.map(|resolver| Hosts { book: Book::default(), resolver, faults: Vec::new() });
        Self { secrets: Secrets::default(), hosts, own: Own::default() }
    }

    /// Only these objects are there.
    pub(super) fn replace(&mut self, objects: &Objects, shared: &Shared) {
        if self.read_whole(objects) {
            self.settle(shared);
        }
    }

    /// These objects are different, or gone.
    pub(super) fn change(&mut self, changed: &Changed, shared: &Shared) {
        let mut differs = false;
        for (key, now) in &changed.ingresses {
            differs |= self.ingress(key, now.as_ref());
        }
        for (key, now) in &changed.secrets {
            differs |= self.secrets.secret(key, now.as_ref(), self.own.wants.has(key));
        }
        if differs {
            self.settle(shared);
        }
    }

    /// Everything that is wrong.
    pub(super) fn faults(&self) -> impl Iterator<Item = &Rejection> {
        self.hosts.iter().flat_map(|hosts| &hosts.faults).chain(&self.own.faults)
    }

    /// Takes back what only routes of before have needed.
    pub(super) fn forget(&mut self, shared: &Shared) {
        if std::mem::take(&mut self.own.has_settled) {
            shared.outgoing.set(self.own.wants.identities(&self.secrets));
            let clients = self.own.wants.clients(&self.secrets);
            shared.clients.retain(|secret| clients.contains_key(secret));
        }
    }

    /// Gives every host the certificate that it has now, and the proxy its own.
    fn settle(&mut self, shared: &Shared) {
        let Self { secrets, hosts, own } = self;
        shared.outgoing.add(&own.wants.identities(secrets));
        own.faults = own.wants.faults(secrets);
        own.has_settled = true;
        let Some(Hosts { book, resolver, faults }) = hosts else { return };
        if let Err(error) = shared.clients.add(own.wants.clients(secrets), resolver) {
            tracing::error!(%error, "clients are asked for certificates as before");
        }
        let (names, wrong) = book.certificates(secrets);
        resolver.set_names(names);
        *faults = wrong;
    }

    /// An Ingress is there, or gone. Whether that makes a difference.
    fn ingress(&mut self, key: &Arc<str>, now: Option<&Ingress>) -> bool {
        let wants_others = self.own.wants.ingress(key, now);
        if wants_others {
            self.secrets.forget_gone(|key| self.own.wants.has(key));
        }
        self.hosts.as_mut().is_some_and(|hosts| hosts.book.ingress(key, now)) | wants_others
    }

    /// Reads everything there is. Whether that makes a difference.
    fn read_whole(&mut self, objects: &Objects) -> bool {
        let ingresses: FxHashMap<Arc<str>, &Ingress> = objects
            .ingresses
            .iter()
            .map(|object| (Place::new("Ingress", &object.metadata).key(), object))
            .collect();
        let secrets: FxHashMap<Arc<str>, &Secret> = objects
            .secrets
            .iter()
            .map(|object| (Place::new("Secret", &object.metadata).key(), object))
            .collect();
        let mut changed = self.own.wants.retain(|key| ingresses.contains_key(key));
        if let Some(hosts) = &mut self.hosts {
            changed |= hosts.book.retain(|key| ingresses.contains_key(key));
        }
        changed |= self.secrets.retain(|key| self.own.wants.has(key), |key| secrets.contains_key(key));
        for (key, ingress) in &ingresses {
            changed |= self.ingress(key, Some(ingress));
        }
        for (key, secret) in &secrets {
            // What is for hosts only is not read where there are none.
            if self.hosts.is_some() || self.own.wants.has(key) {
                changed |= self.secrets.secret(key, Some(secret), self.own.wants.has(key));
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::{Certificates, Ingress, Objects, Resolver, Secret};

    fn objects(annotations: &[(&str, &str)]) -> Objects {
        let mut ingress = Ingress::default();
        (ingress.metadata.namespace, ingress.metadata.name) = (Some("shop".into()), Some("web".into()));
        let annotations = annotations.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ingress.metadata.annotations = Some(annotations.collect());
        let secret = |name: &str| {
            let mut secret = Secret::default();
            (secret.metadata.namespace, secret.metadata.name) = (Some("shop".into()), Some(name.into()));
            secret.data = Some([("ca.crt".to_owned(), ByteString(b"no PEM".to_vec()))].into());
            secret
        };
        Objects {
            ingresses: vec![ingress],
            secrets: vec![secret("hosts"), secret("own")],
            ..Objects::default()
        }
    }

    #[test]
    fn where_nothing_listens_for_tls_only_what_the_proxy_itself_needs_is_read() {
        let wanting = objects(&[("nginx.ingress.kubernetes.io/proxy-ssl-secret", "shop/own")]);
        let has = |certificates: &Certificates| {
            ["shop/hosts", "shop/own"].map(|key| certificates.secrets.get(&key.into()).is_some())
        };
        let mut plain = Certificates::new(None);
        assert!(!plain.read_whole(&objects(&[])), "nothing there is anybody's");
        assert!(plain.read_whole(&wanting) && !plain.read_whole(&wanting), "and the same is no news");
        assert_eq!(has(&plain), [false, true]);
        let mut serving = Certificates::new(Some(Resolver::untrusted().unwrap()));
        assert!(serving.read_whole(&objects(&[])));
        assert_eq!(has(&serving), [true, true]);
    }
}
