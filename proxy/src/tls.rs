//! Certificates: which one a client gets.
//!
//! ```text
//! book    Ingresses, Secrets -> a certificate for each host        pure
//! names   host of a handshake -> certificate                       pure
//! pair    PEM -> certificate and key that belong together
//! files   the default certificate from files, read again when they change
//! ```
//! A host without a certificate of its own gets the default one: that of the files, that of the Secret named for it, or one that nobody trusts, made at the
//! start. All of it can change while connections are open; a pair that does not belong together is never served.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

pub(crate) use self::book::{Book, secrets_of};
pub use self::files::{Files, TlsError};
pub(crate) use self::files::{Stamp, follow, read};
pub(crate) use self::names::Names;
pub use self::pair::PairError;

mod book;
mod files;
mod names;
mod pair;

/// A certificate with its key, as handshakes use it.
pub(crate) type Certificate = Arc<CertifiedKey>;

/// The certificates in force.
#[derive(Debug)]
pub(crate) struct Resolver {
    names: ArcSwap<Names<Certificate>>,
    default: ArcSwap<CertifiedKey>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let names = self.names.load();
        let own = hello.server_name().and_then(|host| names.find(host));
        Some(own.map_or_else(|| self.default.load_full(), Arc::clone))
    }
}

impl Resolver {
    /// No host has a certificate of its own yet.
    pub(crate) fn new(default: CertifiedKey) -> Arc<Self> {
        Arc::new(Self { names: ArcSwap::default(), default: ArcSwap::from_pointee(default) })
    }

    /// With a default certificate that nobody trusts.
    pub(crate) fn untrusted() -> Result<Arc<Self>, TlsError> {
        let made = rcgen::generate_simple_self_signed(["weir.invalid".to_owned()]).map_err(TlsError::Make)?;
        let pair = pair::of(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes());
        pair.map(Self::new).map_err(TlsError::Made)
    }

    /// From now on these hosts have these certificates.
    pub(crate) fn set_names(&self, names: Names<Certificate>) {
        self.names.store(Arc::new(names));
    }

    /// From now on this is the default certificate.
    pub(crate) fn set_default(&self, default: Certificate) {
        self.default.store(default);
    }

    /// The configuration that every worker shares, so that a session begun on one is resumed on another.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // One is enough for a client that comes back; each more costs bytes and encryption in every handshake.
        config.send_tls13_tickets = 1;
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
        Ok(Arc::new(config))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
