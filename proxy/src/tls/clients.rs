//! Certificates of clients: who vouches for them. `shown` is what one of them has shown.
//!
//! A handshake never fails for what a client shows, as long as it holds the key to it: what is shown is held against the authorities afterwards, so that
//! the answer is one of HTTP, and so that a session that is resumed is looked at like a new one. Sessions are of one Secret: each has a configuration
//! with keys for tickets of its own, so that none goes over to a host that trusts others.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustc_hash::FxHashMap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use super::authorities::Authorities;
use super::{Resolver, TlsError};

pub(crate) use self::shown::Shown;

mod shown;

/// Who vouches for clients, by key of the Secret.
#[derive(Debug, Default)]
pub(crate) struct Clients(ArcSwap<FxHashMap<Arc<str>, Arc<Vouching>>>);

/// Those of one Secret.
#[derive(Debug)]
pub(crate) struct Vouching {
    authorities: Arc<Authorities>,
    /// What connections are made with whose clients are asked.
    pub(crate) config: Arc<ServerConfig>,
}

impl Clients {
    /// From now on these vouch for clients besides those of before, whom routes of before may still need. What stays the same keeps its sessions.
    pub(crate) fn add(
        &self,
        now: FxHashMap<Arc<str>, Arc<Authorities>>,
        resolver: &Arc<Resolver>,
    ) -> Result<(), TlsError> {
        let before = self.0.load_full();
        let vouching = now.into_iter().map(|(secret, authorities)| {
            let known = before.get(&secret).filter(|known| Arc::ptr_eq(&known.authorities, &authorities));
            if let Some(known) = known {
                return Ok((secret, Arc::clone(known)));
            }
            let algorithms = super::provider().signature_verification_algorithms;
            let verifier = Asking { hints: authorities.roots.subjects(), algorithms };
            let config = resolver.config_asking(Some(Arc::new(verifier)))?;
            let vouching = Arc::new(Vouching { authorities, config });
            Ok((secret, vouching))
        });
        let vouching = vouching.collect::<Result<Vec<_>, TlsError>>()?;
        let mut all = FxHashMap::clone(&before);
        all.extend(vouching);
        self.0.store(Arc::new(all));
        Ok(())
    }

    /// Only those of these Secrets are needed any more.
    pub(crate) fn retain(&self, is_needed: impl Fn(&Arc<str>) -> bool) {
        let mut all = FxHashMap::clone(&self.0.load());
        all.retain(|secret, _| is_needed(secret));
        self.0.store(Arc::new(all));
    }

    /// Whether no host asks its clients.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load().is_empty()
    }

    /// Those of a Secret.
    pub(crate) fn get(&self, secret: &str) -> Option<Arc<Vouching>> {
        self.0.load().get(secret).cloned()
    }
}

/// Asks for a certificate, and takes any whose key the client holds.
#[derive(Debug)]
struct Asking {
    /// Names of those who vouch, for clients that have several.
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Asking {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    super::check_signatures!();
}
