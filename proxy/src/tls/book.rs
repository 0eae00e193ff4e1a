//! What Ingresses say about the certificates of hosts.
//!
//! | a host gets | where |
//! |---|---|
//! | the Secret of the `tls` entry that lists it | the oldest Ingress that does so counts |
//! | else the first Secret of its own Ingress whose certificate is for it | as in ingress-nginx |
//! | else the default certificate | an entry without `secretName` asks for it |
//!
//! A Secret is read by name in the namespace of its Ingress, never in another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use rustc_hash::FxHashMap;
use weir_routing::Rejection;
use weir_routing::rejection::Place;

use super::secrets::{Held, Secrets};
use super::{Certificate, Names, pair};

/// Everything that was said: by key of the Ingress, only those that ask for TLS.
#[derive(Debug, Default)]
pub(crate) struct Book(FxHashMap<Arc<str>, Claim>);

/// What one Ingress asks for.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    created: Option<Time>,
    entries: Vec<Entry>,
    /// Hosts of its rules.
    hosts: Vec<Box<str>>,
}

/// One entry of `spec.tls`.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    hosts: Vec<Box<str>>,
    /// Key of the Secret; `None`: the default certificate.
    secret: Option<Arc<str>>,
}

/// Keys `namespace/name` of the Secrets that an Ingress names.
pub(crate) fn secrets_of(ingress: &Ingress) -> impl Iterator<Item = Arc<str>> {
    let entries = ingress.spec.as_ref().and_then(|spec| spec.tls.as_deref()).unwrap_or_default();
    entries.iter().filter_map(|entry| key_of(ingress, entry.secret_name.as_deref()?))
}

fn key_of(ingress: &Ingress, secret: &str) -> Option<Arc<str>> {
    let namespace = ingress.metadata.namespace.as_deref().unwrap_or("default");
    (!secret.is_empty()).then(|| format!("{namespace}/{secret}").into())
}

impl Book {
    /// An Ingress is there, or gone. Whether that makes a difference.
    pub(crate) fn ingress(&mut self, key: &Arc<str>, now: Option<&Ingress>) -> bool {
        let claim = now.and_then(Claim::read);
        if self.0.get(key) == claim.as_ref() {
            return false;
        }
        match claim {
            Some(claim) => drop(self.0.insert(Arc::clone(key), claim)),
            None => drop(self.0.remove(key)),
        }
        true
    }

    /// Forgets the Ingresses that are not there any more. Whether that makes a difference.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&Arc<str>) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|key, _| is_there(key));
        before != self.0.len()
    }

    /// The certificate of each host, and what is wrong.
    pub(crate) fn certificates(&self, secrets: &Secrets) -> (Names<Certificate>, Vec<Rejection>) {
        let mut claims: Vec<(&Arc<str>, &Claim)> = self.0.iter().collect();
        claims.sort_by_key(|(key, claim)| (claim.created.is_none(), claim.created.clone(), Arc::clone(key)));
        let mut names = Names::default();
        let pair = |entry: &Entry| secrets.get(entry.secret.as_ref()?)?.certificate();
        for entry in claims.iter().flat_map(|(_, claim)| &claim.entries) {
            if let Some(pair) = pair(entry) {
                entry.hosts.iter().for_each(|host| names.add(host, || Arc::clone(&pair)));
            }
        }
        for (_, claim) in &claims {
            for host in claim.hosts.iter().filter(|host| !names.has(host)).collect::<Vec<_>>() {
                let covering = claim.entries.iter().filter_map(pair).find(|pair| pair::covers(pair, host));
                if let Some(pair) = covering {
                    names.add(host, || pair);
                }
            }
        }
        (names, faults(&claims, secrets))
    }
}

/// What is wrong with the Secrets that are asked for.
fn faults(claims: &[(&Arc<str>, &Claim)], secrets: &Secrets) -> Vec<Rejection> {
    let mut faults = BTreeMap::new();
    for (ingress, claim) in claims {
        for (number, entry) in claim.entries.iter().enumerate() {
            let Some(secret) = &entry.secret else { continue };
            match secrets.get(secret).filter(|held| !held.is_gone) {
                None => {
                    let field = format!("spec.tls[{number}].secretName");
                    let message = format!("there is no Secret {secret}");
                    let kept = "the default certificate is served for its hosts";
                    let fault = Place::of("Ingress", ingress).error(field.clone(), message).keeping(kept);
                    faults.insert(((*ingress).clone(), field), fault);
                }
                Some(Held { fault: Some((field, message)), pair, .. }) => {
                    let kept = match pair {
                        Some(_) => "its last good certificate is served",
                        None => "the default certificate is served for its hosts",
                    };
                    let fault = Place::of("Secret", secret).error(*field, message.clone()).keeping(kept);
                    faults.insert((Arc::clone(secret), (*field).to_owned()), fault);
                }
                Some(_) => {}
            }
        }
    }
    faults.into_values().collect()
}

impl Claim {
    /// `None`: it asks for nothing.
    fn read(ingress: &Ingress) -> Option<Self> {
        let spec = ingress.spec.as_ref()?;
        let texts =
            |texts: Option<&Vec<String>>| texts.into_iter().flatten().map(|t| t.as_str().into()).collect();
        let entries: Vec<Entry> = spec
            .tls
            .iter()
            .flatten()
            .map(|entry| Entry {
                hosts: texts(entry.hosts.as_ref()),
                secret: entry.secret_name.as_deref().and_then(|name| key_of(ingress, name)),
            })
            .collect();
        let hosts = spec.rules.iter().flatten().filter_map(|rule| Some(rule.host.as_deref()?.into()));
        (!entries.is_empty()).then(|| Self {
            created: ingress.metadata.creation_timestamp.clone(),
            entries,
            hosts: hosts.collect(),
        })
    }
}
