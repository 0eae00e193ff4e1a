//! PEM to a certificate and a key that belong together.

use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, DnsName, PrivateKeyDer, ServerName};

/// Why a pair cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The chain is none.
    #[error("no PEM certificate in it")]
    Chain(#[source] pem::Error),
    /// The key is none.
    #[error("no PEM private key in it")]
    Key(#[source] pem::Error),
    /// They do not belong together.
    #[error("the key does not belong to the certificate, or is of a kind that is not supported")]
    Mismatch(#[source] rustls::Error),
}

impl PairError {
    /// Whether the chain is to blame, and not the key.
    pub(super) fn is_chain(&self) -> bool {
        matches!(self, Self::Chain(_))
    }
}

/// Reads a chain, the certificate of the server first, and its key.
pub(super) fn of(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, PairError> {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(PairError::Chain)?;
    if chain.is_empty() {
        return Err(PairError::Chain(pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(PairError::Key)?;
    CertifiedKey::from_der(chain, key, &super::provider()).map_err(PairError::Mismatch)
}

/// Whether the certificate says that it is for `host`.
pub(super) fn covers(pair: &CertifiedKey, host: &str) -> bool {
    let Ok(name) = DnsName::try_from(host).map(ServerName::DnsName) else { return false };
    let end = pair.end_entity_cert().ok().and_then(|der| webpki::EndEntityCert::try_from(der).ok());
    end.is_some_and(|end| end.verify_is_valid_for_subject_name(&name).is_ok())
}
