//! Authorities of a Secret, and what they have revoked.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls_pki_types::pem::{self, PemObject};
use webpki::{
    CertRevocationList, ExpirationPolicy, OwnedCertRevocationList, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};

use super::trust;

/// Who vouches for clients, and for which no more.
#[derive(Debug)]
pub(crate) struct Authorities {
    pub(crate) roots: Arc<RootCertStore>,
    /// Lists of what was revoked; none: nothing is looked up.
    revoked: Vec<CertRevocationList<'static>>,
}

/// Why lists of what was revoked cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevokedError {
    /// There is none.
    #[error("no PEM list of revoked certificates (X509 CRL) in it")]
    None,
    /// What is there is no PEM.
    #[error("cannot be read as PEM")]
    Pem(#[source] pem::Error),
    /// One cannot be used.
    #[error("list {0} of it cannot be used: {1}")]
    List(usize, #[source] webpki::Error),
}

impl Authorities {
    /// With these lists of what was revoked, in PEM.
    pub(crate) fn new(roots: Arc<RootCertStore>, revoked: Option<&[u8]>) -> Result<Self, RevokedError> {
        let Some(pem) = revoked else { return Ok(Self { roots, revoked: Vec::new() }) };
        let lists = CertificateRevocationListDer::pem_slice_iter(pem).zip(1..).map(|(list, number)| {
            let list = list.map_err(RevokedError::Pem)?;
            let list = OwnedCertRevocationList::from_der(&list);
            list.map(CertRevocationList::from).map_err(|source| RevokedError::List(number, source))
        });
        let revoked: Vec<_> = lists.collect::<Result<_, _>>()?;
        if revoked.is_empty() { Err(RevokedError::None) } else { Ok(Self { roots, revoked }) }
    }

    /// Whether one of them has issued the certificate of a client, itself or through others, `depth` of them at the most, and has not revoked it. Where there
    /// are lists, each certificate on the way must be on the list of its issuer or known not to be, as with nginx.
    pub(super) fn check_client(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        depth: u8,
    ) -> Result<(), webpki::Error> {
        let certificate = webpki::EndEntityCert::try_from(certificate)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let lists: Vec<_> = self.revoked.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Deny)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        let provider = super::provider();
        certificate.verify_for_usage(
            provider.signature_verification_algorithms.all,
            &self.roots.roots,
            others,
            UnixTime::since_unix_epoch(now),
            webpki::KeyUsage::client_auth(),
            revocation,
            Some(&|path: &webpki::VerifiedPath<'_>| trust::is_short(path, Some(depth.into()))),
        )?;
        Ok(())
    }
}
