//! What Ingresses and Secrets say about certificates.
//!
//! | a host gets | where |
//! |---|---|
//! | the Secret of the `tls` entry that lists it | the oldest Ingress that does so counts |
//! | else the first Secret of its own Ingress whose certificate is for it | as in ingress-nginx |
//! | else the default certificate | an entry without `secretName` asks for it |
//!
//! A Secret is read by name in the namespace of its Ingress, never in another one. One whose content cannot be used keeps its last good pair.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use rustc_hash::FxHashMap;
use weir_routing::{Rejection, Severity};

use super::{Certificate, Names, pair};

/// Keys of a Secret of type `kubernetes.io/tls`; other types may have them too.
const CHAIN: &str = "tls.crt";
const KEY: &str = "tls.key";

/// Everything that was said.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// By key of the Ingress; only those that ask for TLS.
    claims: FxHashMap<Arc<str>, Claim>,
    /// By key.
    secrets: FxHashMap<Arc<str>, Held>,
}

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

/// What is known of one Secret.
#[derive(Debug, Default)]
struct Held {
    /// Tells contents apart without holding a key twice.
    seen: u64,
    pair: Option<Certificate>,
    /// Field and fault.
    fault: Option<(&'static str, String)>,
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
        if self.claims.get(key) == claim.as_ref() {
            return false;
        }
        match claim {
            Some(claim) => drop(self.claims.insert(Arc::clone(key), claim)),
            None => drop(self.claims.remove(key)),
        }
        true
    }

    /// A Secret is there, or gone. Whether that makes a difference.
    pub(crate) fn secret(&mut self, key: &Arc<str>, now: Option<&Secret>) -> bool {
        match now {
            Some(secret) => self.secrets.entry(Arc::clone(key)).or_default().read(secret),
            None => self.secrets.remove(key).is_some(),
        }
    }

    /// Only these are there. Whether that makes a difference.
    pub(crate) fn replace<'o>(
        &mut self,
        ingresses: impl Iterator<Item = (Arc<str>, &'o Ingress)>,
        secrets: impl Iterator<Item = (Arc<str>, &'o Secret)>,
    ) -> bool {
        let (ingresses, secrets): (FxHashMap<_, _>, FxHashMap<_, _>) =
            (ingresses.collect(), secrets.collect());
        let before = (self.claims.len(), self.secrets.len());
        self.claims.retain(|key, _| ingresses.contains_key(key));
        self.secrets.retain(|key, _| secrets.contains_key(key));
        let mut changed = before != (self.claims.len(), self.secrets.len());
        for (key, ingress) in &ingresses {
            changed |= self.ingress(key, Some(ingress));
        }
        for (key, secret) in &secrets {
            changed |= self.secret(key, Some(secret));
        }
        changed
    }

    /// The certificate of each host, and what is wrong.
    pub(crate) fn certificates(&self) -> (Names<Certificate>, Vec<Rejection>) {
        let mut claims: Vec<(&Arc<str>, &Claim)> = self.claims.iter().collect();
        claims.sort_by_key(|(key, claim)| (claim.created.is_none(), claim.created.clone(), Arc::clone(key)));
        let mut names = Names::default();
        let pair = |entry: &Entry| self.secrets.get(entry.secret.as_ref()?)?.pair.clone();
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
        (names, self.faults(&claims))
    }

    fn faults(&self, claims: &[(&Arc<str>, &Claim)]) -> Vec<Rejection> {
        let mut faults = BTreeMap::new();
        for (ingress, claim) in claims {
            for (number, entry) in claim.entries.iter().enumerate() {
                let Some(secret) = &entry.secret else { continue };
                match self.secrets.get(secret) {
                    None => {
                        let field = format!("spec.tls[{number}].secretName");
                        let message = format!("there is no Secret {secret}");
                        let kept = "the default certificate is served for its hosts";
                        let fault = fault("Ingress", ingress, field.clone(), message, kept);
                        faults.insert(((*ingress).clone(), field), fault);
                    }
                    Some(Held { fault: Some((field, message)), pair, seen: _ }) => {
                        let kept = match pair {
                            Some(_) => "its last good certificate is served",
                            None => "the default certificate is served for its hosts",
                        };
                        let fault = fault("Secret", secret, (*field).to_owned(), message.clone(), kept);
                        faults.insert((Arc::clone(secret), (*field).to_owned()), fault);
                    }
                    Some(_) => {}
                }
            }
        }
        faults.into_values().collect()
    }
}

fn fault(kind: &str, key: &str, field: String, message: String, kept: &str) -> Rejection {
    let (namespace, name) = key.split_once('/').unwrap_or(("default", key));
    Rejection {
        severity: Severity::Error,
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        field,
        message,
        kept: Some(kept.to_owned()),
    }
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

impl Held {
    /// Reads the Secret where its content is another one. Whether it is.
    fn read(&mut self, secret: &Secret) -> bool {
        let field = |name: &str| {
            let encoded =
                secret.data.as_ref().and_then(|data| data.get(name)).map(|bytes| bytes.0.as_slice());
            encoded.or_else(|| secret.string_data.as_ref()?.get(name).map(String::as_bytes))
        };
        let (chain, key) = (field(CHAIN), field(KEY));
        let mut hasher = DefaultHasher::new();
        (chain, key).hash(&mut hasher);
        // One more bit, so that no content has the number of one that was never read.
        let seen = hasher.finish() | 1;
        if seen == self.seen {
            return false;
        }
        self.seen = seen;
        let missing = |name| (name, "missing: a certificate's Secret has tls.crt and tls.key".to_owned());
        let read = match (chain, key) {
            (None, _) => Err(missing("data[\"tls.crt\"]")),
            (_, None) => Err(missing("data[\"tls.key\"]")),
            (Some(chain), Some(key)) => pair::of(chain, key).map_err(|error| {
                let field = if error.is_chain() { "data[\"tls.crt\"]" } else { "data[\"tls.key\"]" };
                (field, error.to_string())
            }),
        };
        match read {
            Ok(pair) => (self.pair, self.fault) = (Some(Arc::new(pair)), None),
            Err(fault) => self.fault = Some(fault),
        }
        true
    }
}
