//! Secrets that the proxy itself needs: the certificate that it shows to upstreams, and the authorities that it checks them with (`proxy-ssl-secret`) or
//! clients (`auth-tls-secret`).

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use rustc_hash::FxHashMap;
use weir_routing::Rejection;
use weir_routing::named::key_in;
use weir_routing::rejection::{Place, annotation_field};

use super::authorities::Authorities;
use super::outgoing::Identities;
use super::secrets::{Held, Secrets};

const UPSTREAMS: &str = "nginx.ingress.kubernetes.io/proxy-ssl-secret";
const VERIFY: &str = "nginx.ingress.kubernetes.io/proxy-ssl-verify";
const CLIENTS: &str = "nginx.ingress.kubernetes.io/auth-tls-secret";
const VERIFY_CLIENTS: &str = "nginx.ingress.kubernetes.io/auth-tls-verify-client";

/// What Ingresses want, by their key.
#[derive(Debug, Default)]
pub(crate) struct Wants(FxHashMap<Arc<str>, Vec<Want>>);

#[derive(Debug, PartialEq, Eq)]
struct Want {
    annotation: &'static str,
    secret: Arc<str>,
    what: What,
}

/// What is to be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Showing the certificate to upstreams.
    Show,
    /// The same, and checking upstreams.
    Verify,
    /// Checking clients.
    Clients,
}

/// What is wrong with the annotations themselves is said where routes are compiled.
fn wants(ingress: &Ingress) -> Vec<Want> {
    let Some(annotations) = &ingress.metadata.annotations else { return Vec::new() };
    let namespace = Place::new("Ingress", &ingress.metadata).namespace;
    let is = |name, value| annotations.get(name).is_some_and(|said: &String| said.trim() == value);
    let upstreams = if is(VERIFY, "on") { What::Verify } else { What::Show };
    let named = [(UPSTREAMS, upstreams), (CLIENTS, What::Clients)].into_iter();
    let wanted = named.filter(|(name, _)| *name == UPSTREAMS || !is(VERIFY_CLIENTS, "off"));
    let wants = wanted.filter_map(|(annotation, what)| {
        let secret = key_in(namespace, annotations.get(annotation)?.trim()).ok()?;
        Some(Want { annotation, secret, what })
    });
    wants.collect()
}

impl Wants {
    /// An Ingress is there, or gone. Whether that makes a difference.
    pub(crate) fn ingress(&mut self, key: &Arc<str>, now: Option<&Ingress>) -> bool {
        let wants = now.map(wants).unwrap_or_default();
        if self.0.get(key).map_or(wants.is_empty(), |before| *before == wants) {
            return false;
        }
        if wants.is_empty() {
            self.0.remove(key);
        } else {
            self.0.insert(Arc::clone(key), wants);
        }
        true
    }

    /// Forgets the Ingresses that are not there any more. Whether that makes a difference.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&Arc<str>) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|key, _| is_there(key));
        before != self.0.len()
    }

    /// Whether any Ingress wants this Secret.
    pub(crate) fn has(&self, secret: &Arc<str>) -> bool {
        self.0.values().flatten().any(|want| want.secret == *secret)
    }

    /// What Secrets give for upstreams, by Secret.
    pub(crate) fn identities(&self, secrets: &Secrets) -> Identities {
        let wanted = self.0.values().flatten().filter(|want| want.what != What::Clients);
        let given = wanted.filter_map(|want| {
            let identity = secrets.get(&want.secret)?.identity()?;
            Some((Arc::clone(&want.secret), Arc::clone(identity)))
        });
        given.collect()
    }

    /// Who vouches for clients, by Secret.
    pub(crate) fn clients(&self, secrets: &Secrets) -> FxHashMap<Arc<str>, Arc<Authorities>> {
        let wanted = self.0.values().flatten().filter(|want| want.what == What::Clients);
        let given = wanted.filter_map(|want| {
            let authorities = secrets.get(&want.secret)?.authorities()?;
            Some((Arc::clone(&want.secret), Arc::clone(authorities)))
        });
        given.collect()
    }

    /// What is wrong with what is wanted.
    pub(crate) fn faults(&self, secrets: &Secrets) -> Vec<Rejection> {
        let mut faults = BTreeMap::new();
        for (ingress, want) in
            self.0.iter().flat_map(|(ingress, wants)| wants.iter().map(move |w| (ingress, w)))
        {
            let held = secrets.get(&want.secret);
            let kept = if held.is_some_and(|held| want.is_met(held)) {
                "what it said last stays in force"
            } else {
                "requests that would need it are answered 503"
            };
            let Some(held) = held.filter(|held| !held.is_gone) else {
                let message = format!("there is no Secret {}", want.secret);
                let fault = Place::of("Ingress", ingress).error(annotation_field(want.annotation), message);
                faults.insert((Arc::clone(ingress), want.annotation), fault.keeping(kept));
                continue;
            };
            for (field, message) in want.faults(held) {
                let fault = Place::of("Secret", &want.secret).error(*field, message.as_str());
                faults.insert((Arc::clone(&want.secret), *field), fault.keeping(kept));
            }
        }
        faults.into_values().collect()
    }
}

impl Want {
    /// Whether the Secret gives, or gave last, what is wanted of it.
    fn is_met(&self, held: &Held) -> bool {
        match self.what {
            What::Show => held.identity().is_some(),
            What::Verify => held.identity().is_some() && held.authorities().is_some(),
            What::Clients => held.authorities().is_some(),
        }
    }

    /// What is wrong with the parts of the Secret that are wanted.
    fn faults<'h>(&self, held: &'h Held) -> impl Iterator<Item = &'h (&'static str, String)> {
        let of_pair = held.of_pair().filter(|_| self.what != What::Clients);
        let needs_authorities = self.what != What::Show || held.identity().is_none();
        let of_authorities = held.of_authorities.as_ref().filter(|_| needs_authorities);
        of_pair.into_iter().chain(of_authorities)
    }
}
