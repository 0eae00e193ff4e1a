//! The content of one Secret, and what was good of it last.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;

use crate::tls::authorities::Authorities;
use crate::tls::outgoing::Identity;
use crate::tls::{Certificate, pair, trust};

/// Keys of a Secret of type `kubernetes.io/tls`; other types may have them too.
const CHAIN: &str = "tls.crt";
const KEY: &str = "tls.key";
/// Certificates of authorities.
const AUTHORITIES: &str = "ca.crt";
/// What they have revoked.
const REVOKED: &str = "ca.crl";

/// A field of a Secret, and what is wrong with it.
pub(in crate::tls) type Fault = (&'static str, String);

/// What is known of one Secret.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Tells contents apart without holding a key twice.
    seen: u64,
    /// It is not there any more; what it said is still in force where the proxy itself needs it.
    pub(in crate::tls) is_gone: bool,
    pub(in crate::tls) pair: Option<Certificate>,
    pub(in crate::tls) fault: Option<Fault>,
    authorities: Option<Arc<Authorities>>,
    /// What is wrong with its authorities.
    pub(in crate::tls) of_authorities: Option<Fault>,
    /// Whether it means to have a certificate.
    has_pair: bool,
    identity: Option<Arc<Identity>>,
}

impl Held {
    /// Reads the Secret where its content is another one. Whether it is.
    pub(in crate::tls) fn read(&mut self, secret: &Secret) -> bool {
        let field = |name: &str| {
            let encoded =
                secret.data.as_ref().and_then(|data| data.get(name)).map(|bytes| bytes.0.as_slice());
            encoded.or_else(|| secret.string_data.as_ref()?.get(name).map(String::as_bytes))
        };
        let (chain, key) = (field(CHAIN), field(KEY));
        let (authorities, revoked) = (field(AUTHORITIES), field(REVOKED));
        let mut hasher = DefaultHasher::new();
        (chain, key, authorities, revoked).hash(&mut hasher);
        // One more bit, so that no content has the number of one that was never read.
        let seen = hasher.finish() | 1;
        if seen == self.seen {
            return false;
        }
        (self.seen, self.is_gone) = (seen, false);
        self.has_pair = chain.is_some() || key.is_some();
        match read_pair(chain, key) {
            Ok(pair) => (self.pair, self.fault) = (Some(Arc::new(pair)), None),
            Err(fault) => self.fault = Some(fault),
        }
        match read_authorities(authorities, revoked) {
            Ok(read) => (self.authorities, self.of_authorities) = (Some(Arc::new(read)), None),
            Err(fault) => self.of_authorities = Some(fault),
        }
        self.identity = self.made();
        true
    }

    /// It is not there any more. Whether that is news.
    pub(in crate::tls) fn go(&mut self) -> bool {
        self.seen = 0;
        !std::mem::replace(&mut self.is_gone, true)
    }

    /// What hosts are served with.
    pub(in crate::tls) fn certificate(&self) -> Option<Certificate> {
        self.pair.clone().filter(|_| !self.is_gone)
    }

    /// What the proxy itself can show and check: the same object until the content is another one.
    pub(in crate::tls) fn identity(&self) -> Option<&Arc<Identity>> {
        self.identity.as_ref()
    }

    /// What is wrong with the certificate that it means to have.
    pub(in crate::tls) fn of_pair(&self) -> Option<&Fault> {
        self.fault.as_ref().filter(|_| self.has_pair)
    }

    /// Authorities to check with.
    pub(in crate::tls) fn authorities(&self) -> Option<&Arc<Authorities>> {
        self.authorities.as_ref()
    }

    fn made(&self) -> Option<Arc<Identity>> {
        let pair = self.pair.clone().filter(|_| self.has_pair);
        // Without the certificate that it is meant to show, the proxy would be somebody else.
        let is_whole = pair.is_some() || (!self.has_pair && self.authorities.is_some());
        is_whole.then(|| {
            let authorities = self.authorities.as_ref().map(|authorities| Arc::clone(&authorities.roots));
            Arc::new(Identity { pair, authorities })
        })
    }
}

fn read_pair(chain: Option<&[u8]>, key: Option<&[u8]>) -> Result<rustls::sign::CertifiedKey, Fault> {
    let missing = |name| (name, "missing: a certificate's Secret has tls.crt and tls.key".to_owned());
    match (chain, key) {
        (None, _) => Err(missing("data[\"tls.crt\"]")),
        (_, None) => Err(missing("data[\"tls.key\"]")),
        (Some(chain), Some(key)) => pair::of(chain, key).map_err(|error| {
            let field = if error.is_chain() { "data[\"tls.crt\"]" } else { "data[\"tls.key\"]" };
            (field, error.to_string())
        }),
    }
}

fn read_authorities(pem: Option<&[u8]>, revoked: Option<&[u8]>) -> Result<Authorities, Fault> {
    let field = "data[\"ca.crt\"]";
    let pem = pem.ok_or_else(|| (field, "missing: the authorities to check certificates with".to_owned()))?;
    let roots = trust::authorities(pem).map_err(|error| (field, error.to_string()))?;
    Authorities::new(Arc::new(roots), revoked).map_err(|error| ("data[\"ca.crl\"]", error.to_string()))
}
