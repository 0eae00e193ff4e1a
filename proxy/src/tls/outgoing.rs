//! What connections to upstreams are made with: one configuration for all connections of the same kind, on every worker, so that sessions are resumed.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustc_hash::FxHashMap;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{CipherSuite, ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use weir_routing::backend::{Cipher, Versions};
use weir_routing::{Protocol, UpstreamTls};

use super::Certificate;
use super::trust::{self, Expected};

/// Configurations that are kept; there are as many as kinds of connections.
const MOST: usize = 1024;

/// What one Secret gives the proxy for connections to upstreams.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// What the proxy shows.
    pub(crate) pair: Option<Certificate>,
    /// Who vouches for upstreams.
    pub(crate) authorities: Option<Arc<RootCertStore>>,
}

/// By key of the Secret.
pub(crate) type Identities = FxHashMap<Arc<str>, Arc<Identity>>;

/// Everything that connections to upstreams over TLS are made with.
#[derive(Default)]
pub(crate) struct Outgoing {
    identities: ArcSwap<Identities>,
    generation: AtomicU64,
    made: Mutex<FxHashMap<(Arc<UpstreamTls>, Protocol), Made>>,
}

/// What connections of one kind are made with.
pub(crate) struct Dial {
    pub(crate) config: Arc<ClientConfig>,
    /// Whom the other side is held for.
    pub(crate) name: ServerName<'static>,
}

struct Made {
    identity: Option<Arc<Identity>>,
    dial: Arc<Dial>,
}

/// Why no connection can be made.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The Secret was never there, or never usable.
    #[error("there is no usable Secret {0}")]
    Secret(Arc<str>),
    /// There is nothing to hold a certificate against.
    #[error("no authorities are known to check the upstream's certificate with")]
    Authorities,
    /// The name is none.
    #[error("{0:?} is not a name that a certificate can be for")]
    Name(Arc<str>),
    /// What is asked for contradicts itself.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

impl Outgoing {
    /// From now on Secrets give this besides what they gave: routes of before may still need that.
    pub(crate) fn add(&self, identities: &Identities) {
        let mut all = Identities::clone(&self.identities.load());
        all.extend(identities.iter().map(|(secret, identity)| (Arc::clone(secret), Arc::clone(identity))));
        self.set(all);
    }

    /// From now on Secrets give this and nothing else.
    pub(crate) fn set(&self, identities: Identities) {
        self.identities.store(Arc::new(identities));
        self.generation.fetch_add(1, Release);
    }

    /// How many times the identities have changed.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Acquire)
    }

    /// What a Secret gives.
    pub(crate) fn identity(&self, secret: &Arc<str>) -> Option<Arc<Identity>> {
        self.identities.load().get(secret).cloned()
    }

    /// What connections of this kind are made with now.
    pub(crate) fn dial(&self, tls: &Arc<UpstreamTls>, protocol: Protocol) -> Result<Arc<Dial>, DialError> {
        let identity = match &tls.secret {
            Some(secret) => Some(self.identity(secret).ok_or_else(|| DialError::Secret(Arc::clone(secret)))?),
            None => None,
        };
        let key = (Arc::clone(tls), protocol);
        // Whoever panicked with it has left a whole map: entries are put in as one.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.get(&key).filter(|made| is_same(made.identity.as_ref(), identity.as_ref())) {
            return Ok(Arc::clone(&made.dial));
        }
        let dial = Arc::new(make(tls, protocol, identity.as_deref())?);
        if made.len() >= MOST {
            made.clear();
        }
        made.insert(key, Made { identity, dial: Arc::clone(&dial) });
        Ok(dial)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("generation", &self.generation).finish_non_exhaustive()
    }
}

fn is_same(one: Option<&Arc<Identity>>, other: Option<&Arc<Identity>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn make(tls: &UpstreamTls, protocol: Protocol, identity: Option<&Identity>) -> Result<Dial, DialError> {
    let text = tls.name.as_deref().unwrap_or_default();
    let name = ServerName::try_from(text.to_owned()).map_err(|_| DialError::Name(text.into()))?;
    let expected = if tls.verify {
        let authorities = identity.and_then(|identity| identity.authorities.clone());
        let authorities = authorities.ok_or(DialError::Authorities)?;
        Some(Expected { authorities, name: None, depth: Some(tls.depth.into()) })
    } else {
        None
    };
    let mut config = trust::configure(expected, provider(tls), versions(tls.versions))?;
    if let Some(pair) = identity.and_then(|identity| identity.pair.as_ref()) {
        config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(Arc::clone(pair)));
    }
    config.enable_sni = tls.sends_name;
    config.alpn_protocols = match protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::Http2 => vec![b"h2".to_vec()],
    };
    Ok(Dial { config: Arc::new(config), name })
}

fn versions(versions: Versions) -> &'static [&'static SupportedProtocolVersion] {
    static ONLY_12: [&SupportedProtocolVersion; 1] = [&version::TLS12];
    static ONLY_13: [&SupportedProtocolVersion; 1] = [&version::TLS13];
    match versions {
        Versions::Both => rustls::DEFAULT_VERSIONS,
        Versions::Tls12 => &ONLY_12,
        Versions::Tls13 => &ONLY_13,
    }
}

fn provider(tls: &UpstreamTls) -> Arc<CryptoProvider> {
    let Some(ciphers) = &tls.ciphers else { return super::provider() };
    let mut provider = CryptoProvider::clone(&super::provider());
    provider.cipher_suites.retain(|suite| {
        suite.version() == &version::TLS13 || ciphers.iter().any(|cipher| suite_of(*cipher) == suite.suite())
    });
    Arc::new(provider)
}

fn suite_of(cipher: Cipher) -> CipherSuite {
    match cipher {
        Cipher::EcdsaAes256 => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Cipher::EcdsaAes128 => CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Cipher::EcdsaChacha => CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Cipher::RsaAes256 => CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        Cipher::RsaAes128 => CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Cipher::RsaChacha => CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    }
}
