//! Certificates: which one a client gets.
//!
//! ```text
//! secrets content of Secrets, and what was good of it last         pure
//! book    Ingresses, Secrets -> a certificate for each host        pure
//! wants   what the proxy itself needs: its own certificates, authorities   pure
//! names   host of a handshake -> certificate; when they end        pure
//! pair    PEM -> certificate and key that belong together
//! files   the default certificate from files, read again when they change
//! outgoing  what connections to upstreams are made with
//! authorities, clients   who vouches for clients, and what one has shown
//! subject names in certificates as text                            pure
//! trust   whom the proxy takes for a server that it connects to    pure
//! ```
//! A host without a certificate of its own gets the default one: that of the files, that of the Secret named for it, or one that nobody trusts, made at the
//! start. All of it can change while connections are open; a pair that does not belong together is never served.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::UnixTime;

pub(crate) use self::book::{Book, secrets_of};
pub use self::files::{Files, TlsError};
pub(crate) use self::files::{Stamp, follow, read};
pub(crate) use self::names::Names;
pub use self::pair::PairError;
pub(crate) use self::secrets::Secrets;
pub(crate) use self::wants::Wants;

/// How both verifiers check that the other side holds the key of its certificate: by their `algorithms`.
macro_rules! check_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    };
}
use check_signatures;

pub(crate) mod authorities;
mod book;
pub(crate) mod clients;
mod files;
mod names;
pub(crate) mod outgoing;
mod pair;
mod secrets;
mod subject;
pub(crate) mod trust;
mod wants;

/// A certificate with its key, as handshakes use it.
pub(crate) type Certificate = Arc<CertifiedKey>;

/// The certificates in force.
#[derive(Debug)]
pub(crate) struct Resolver {
    names: ArcSwap<Names<Certificate>>,
    /// When they end, by host.
    ends: ArcSwap<Vec<(String, UnixTime)>>,
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
        let default = ArcSwap::from_pointee(default);
        Arc::new(Self { names: ArcSwap::default(), ends: ArcSwap::default(), default })
    }

    /// With a default certificate that nobody trusts.
    pub(crate) fn untrusted() -> Result<Arc<Self>, TlsError> {
        let made = rcgen::generate_simple_self_signed(["weir.invalid".to_owned()]).map_err(TlsError::Make)?;
        let pair = pair::of(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes());
        pair.map(Self::new).map_err(TlsError::Made)
    }

    /// From now on these hosts have these certificates.
    pub(crate) fn set_names(&self, names: Names<Certificate>) {
        self.ends.store(Arc::new(names::ends_by_host(&names)));
        self.names.store(Arc::new(names));
    }

    /// When the certificates in force end, by host; that of the default certificate is for the host `_`, as nginx calls it.
    pub(crate) fn ends(&self) -> Vec<(String, UnixTime)> {
        let default = names::end_of(&self.default.load()).map(|end| ("_".to_owned(), end));
        self.ends.load().iter().cloned().chain(default).collect()
    }

    /// From now on this is the default certificate.
    pub(crate) fn set_default(&self, default: Certificate) {
        self.default.store(default);
    }

    /// The configuration that every worker shares, so that a session begun on one is resumed on another.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsError> {
        self.config_asking(None)
    }

    /// The same, with which clients are asked for a certificate, and with sessions of its own.
    fn config_asking(
        self: &Arc<Self>,
        verifier: Option<Arc<dyn ClientCertVerifier>>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?;
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // One is enough for a client that comes back; each more costs bytes and encryption in every handshake.
        config.send_tls13_tickets = 1;
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
        Ok(Arc::new(config))
    }
}

/// The one provider of cryptography.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
