//! Whom the proxy takes for a server that it connects to.
//!
//! | | certificate | signature of the handshake |
//! |---|---|---|
//! | [`unverified`] | any | checked: the other side holds the key of what it shows |
//! | [`configure`] with [`Expected`] | issued by one of the authorities, in force, for the name | checked |
//!
//! What they give has neither ALPN nor a certificate of its own; whoever uses one sets `alpn_protocols` and `client_auth_cert_resolver`, and shares it
//! among all its connections, so that sessions are resumed.
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use rustls_pki_types::pem::{self, PemObject};

/// Why authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    /// There is none.
    #[error("no PEM certificate in it")]
    None,
    /// What is there is no PEM.
    #[error("cannot be read as PEM")]
    Pem(#[source] pem::Error),
    /// One cannot be an authority.
    #[error("certificate {0} of it cannot be an authority: {1}")]
    Certificate(usize, #[source] rustls::Error),
}

/// Reads certificates of authorities from PEM, at least one.
pub(crate) fn authorities(pem: &[u8]) -> Result<RootCertStore, AuthorityError> {
    let mut store = RootCertStore::empty();
    for (certificate, number) in CertificateDer::pem_slice_iter(pem).zip(1..) {
        let certificate = certificate.map_err(AuthorityError::Pem)?;
        store.add(certificate).map_err(|source| AuthorityError::Certificate(number, source))?;
    }
    if store.is_empty() { Err(AuthorityError::None) } else { Ok(store) }
}

/// What a certificate is held against.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// One of them has issued it, itself or through others.
    pub(crate) authorities: Arc<RootCertStore>,
    /// It is for this one; `None`: for the name that the connection is made with.
    pub(crate) name: Option<ServerName<'static>>,
    /// Most certificates between it and its authority; `None`: as many as can be followed.
    pub(crate) depth: Option<usize>,
}

/// A configuration that takes everybody, but still checks that the server holds the key of the certificate it shows.
pub(crate) fn unverified() -> Result<ClientConfig, rustls::Error> {
    configure(None, super::provider(), rustls::DEFAULT_VERSIONS)
}

/// A configuration that speaks these versions with the suites of this provider; `None`: that takes everybody.
pub(crate) fn configure(
    expected: Option<Expected>,
    provider: Arc<CryptoProvider>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, rustls::Error> {
    let verifier = Verifier { expected, algorithms: provider.signature_verification_algorithms };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Holds certificates against what is expected, where anything is.
#[derive(Debug)]
struct Verifier {
    expected: Option<Expected>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Expected {
    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        dialled: &ServerName<'_>,
        now: UnixTime,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Result<(), webpki::Error> {
        let certificate = webpki::EndEntityCert::try_from(certificate)?;
        let is_short = |path: &webpki::VerifiedPath<'_>| is_short(path, self.depth);
        let usage = webpki::KeyUsage::server_auth();
        let roots = &self.authorities.roots;
        certificate.verify_for_usage(algorithms.all, roots, others, now, usage, None, Some(&is_short))?;
        certificate.verify_is_valid_for_subject_name(self.name.as_ref().unwrap_or(dialled))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        dialled: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(expected) = &self.expected {
            expected.check(certificate, others, dialled, now, self.algorithms).map_err(refused)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    super::check_signatures!();
}

/// Whether there are no more than `depth` certificates between one and its authority, if that is limited.
pub(super) fn is_short(path: &webpki::VerifiedPath<'_>, depth: Option<usize>) -> Result<(), webpki::Error> {
    match depth {
        Some(depth) if path.intermediate_certificates().count() > depth => {
            Err(webpki::Error::MaximumPathDepthExceeded)
        }
        Some(_) | None => Ok(()),
    }
}

fn refused(error: webpki::Error) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
}

#[cfg(test)]
mod tests;
