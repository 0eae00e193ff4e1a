//! What the watches have said, put together into updates, and what is asked of them because of it. No I/O.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::networking::v1::Ingress;
use tokio::time::Instant;
use weir_routing::Named;
use weir_routing::named::named_by;

use super::classes::Classes;
use super::interruptions::Interruptions;
use super::kind::Kind;
use super::known::Known;
use super::named::References;
use super::watch::{Ask, Object, Signal};
use crate::config::KubernetesArgs;
use crate::feed::Changed;
use crate::tls;

/// How long a change waits for what it names to be read.
const HELD: Duration = Duration::from_secs(1);

/// What is known of the cluster.
pub(super) struct Picture {
    /// Whether anything is done with certificates.
    with_certificates: bool,
    classes: Classes,
    known: Known,
    references: References,
    /// Ingresses are watched.
    reads_ingresses: bool,
    /// Kinds that are watched because something of them is named.
    watched: BTreeSet<Kind>,
    /// What is asked for and was not passed on yet.
    asks: Vec<Ask>,
    pending: Changed,
    /// When what is pending is given although not everything that it names was read.
    held: Option<Instant>,
    interruptions: Interruptions,
    /// Everything was given once.
    given: bool,
}

impl Picture {
    /// Nothing is known yet. The Secrets of `spec.tls` are only read `with_certificates`.
    pub(super) fn new(options: &KubernetesArgs, with_certificates: bool) -> Self {
        let mut known = Known::default();
        // Until an Ingress names one.
        known.spare(Kind::Secret);
        known.spare(Kind::ConfigMap);
        Self {
            with_certificates,
            classes: Classes::new(options),
            known,
            references: References::default(),
            reads_ingresses: false,
            watched: BTreeSet::new(),
            asks: Vec::new(),
            pending: Changed::default(),
            held: None,
            interruptions: Interruptions::default(),
            given: false,
        }
    }

    /// Everything is said anew. What was wrong with the watches stays so until they work.
    pub(super) fn again(&mut self, options: &KubernetesArgs) {
        let interruptions = std::mem::take(&mut self.interruptions);
        *self = Self { interruptions, ..Self::new(options, self.with_certificates) };
    }

    /// Whether there is something to give, and nothing is missing. The first update is everything; later ones do not wait for long for what they name.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if self.given && !self.interruptions.are_untold() && self.pending.is_empty() {
            return false;
        }
        if self.known.is_complete() && self.references.are_read() {
            return true;
        }
        self.given && *self.held.get_or_insert(now + HELD) <= now
    }

    /// When what waits for something is given without it.
    pub(super) fn held(&self) -> Option<Instant> {
        self.held
    }

    /// Everything that was not given yet, and everything that is wrong with the watches.
    pub(super) fn give(&mut self) -> Changed {
        (self.given, self.held) = (true, None);
        let problems = self.interruptions.tell();
        Changed { problems, ..std::mem::take(&mut self.pending) }
    }

    /// Notes what a watch says. What is to be watched and read from now on.
    pub(super) fn take(&mut self, signal: Signal) -> Vec<Ask> {
        match signal {
            Signal::Begins(kind) => self.known.begin(kind),
            Signal::Is(object) => self.is(object),
            Signal::Gone(kind, key) => self.gone(kind, key),
            Signal::Listed(kind) => {
                for key in self.known.listed(kind) {
                    self.gone(kind, key);
                }
                self.interruptions.ends(kind);
                if kind == Kind::IngressClass {
                    self.read_ingresses();
                }
            }
            Signal::Failed(kind, error) => {
                tracing::warn!(kind = kind.as_str(), %error, "the watch was interrupted");
                // One that may not be read, for example, must not keep every change waiting.
                if self.given && matches!(kind, Kind::Secret | Kind::ConfigMap) {
                    self.known.spare(kind);
                    self.references.give_up();
                }
                self.interruptions.begins(kind, error);
            }
            Signal::Resumed(kind) => self.interruptions.ends(kind),
        }
        std::mem::take(&mut self.asks)
    }

    /// Reads Ingresses, anew where other ones are ours now.
    fn read_ingresses(&mut self) {
        let changed = self.classes.settle();
        if changed || !self.reads_ingresses {
            self.reads_ingresses = true;
            self.asks.push(Ask::Ingresses);
        }
    }

    fn is(&mut self, object: Object) {
        self.interruptions.ends(object.kind());
        match object {
            Object::Ingress(key, ingress) => self.ingress(key, *ingress),
            Object::Seen(named) => {
                self.known.insert(Kind::of(&named), named.key());
                self.read_if_named(&named);
            }
            Object::Secret(key, secret) => {
                if self.has_read(&Named::Secret(Arc::clone(&key))) {
                    self.pending.secrets.insert(key, secret.map(|secret| *secret));
                }
            }
            Object::ConfigMap(key, map) => {
                if self.has_read(&Named::ConfigMap(Arc::clone(&key))) {
                    self.pending.config_maps.insert(key, map.map(|map| *map));
                }
            }
            Object::Service(key, service) => {
                self.known.insert(Kind::Service, &key);
                self.pending.services.insert(key, Some(*service));
            }
            Object::EndpointSlice(key, slice) => {
                self.known.insert(Kind::EndpointSlice, &key);
                self.pending.endpoint_slices.insert(key, Some(*slice));
            }
            Object::Canary(key, canary) => {
                self.known.insert(Kind::Canary, &key);
                self.pending.canaries.insert(key, Some(*canary));
            }
            Object::IngressClass(key, class) => {
                self.known.insert(Kind::IngressClass, &key);
                self.classes.set(&key, Some(&class));
                self.reread_if_listed();
            }
            Object::Invalid(kind, key, error) => {
                // What it was before stays in force.
                self.known.insert(kind, &key);
                tracing::warn!(kind = kind.as_str(), %key, %error, "an object cannot be read; it stays as it was");
            }
        }
    }

    fn ingress(&mut self, key: Arc<str>, ingress: Ingress) {
        if self.classes.are_ours(&ingress) {
            self.known.insert(Kind::Ingress, &key);
            let certificates = tls::secrets_of(&ingress).filter(|_| self.with_certificates);
            let named = certificates.map(Named::Secret).chain(named_by(&ingress)).collect();
            for named in self.references.name(&key, named) {
                if self.watched.insert(Kind::of(&named)) {
                    self.known.expect(Kind::of(&named));
                    self.asks.push(Ask::Kind(named.clone()));
                }
                self.read_if_named(&named);
            }
            self.pending.ingresses.insert(key, Some(ingress));
        } else if self.known.remove(Kind::Ingress, &key) {
            self.ingress_gone(key);
        }
    }

    fn ingress_gone(&mut self, key: Arc<str>) {
        self.references.name(&key, Vec::new());
        self.pending.ingresses.insert(key, None);
    }

    /// Reads what is there and named.
    fn read_if_named(&mut self, named: &Named) {
        if self.known.has(Kind::of(named), named.key()) && self.references.has(named) {
            self.read(named);
        }
    }

    fn read(&mut self, named: &Named) {
        if self.references.read(named) {
            self.asks.push(Ask::Content(named.clone()));
        }
    }

    /// Something was read. Whether that is what it is, and somebody asks for it.
    fn has_read(&mut self, named: &Named) -> bool {
        if self.references.has_read(named) {
            self.read(named);
            return false;
        }
        self.references.has(named)
    }

    fn gone(&mut self, kind: Kind, key: Arc<str>) {
        let was_known = self.known.remove(kind, &key);
        match kind {
            Kind::Ingress if was_known => self.ingress_gone(key),
            Kind::Secret if self.references.has(&Named::Secret(Arc::clone(&key))) => {
                self.pending.secrets.insert(key, None);
            }
            Kind::ConfigMap if self.references.has(&Named::ConfigMap(Arc::clone(&key))) => {
                self.pending.config_maps.insert(key, None);
            }
            Kind::Ingress | Kind::Secret | Kind::ConfigMap => {}
            Kind::Service => drop(self.pending.services.insert(key, None)),
            Kind::EndpointSlice => drop(self.pending.endpoint_slices.insert(key, None)),
            Kind::Canary => drop(self.pending.canaries.insert(key, None)),
            Kind::IngressClass => {
                self.classes.set(&key, None);
                self.reread_if_listed();
            }
        }
    }

    fn reread_if_listed(&mut self) {
        if self.known.is_listed(Kind::IngressClass) {
            self.read_ingresses();
        }
    }
}

#[cfg(test)]
mod tests;
