//! What a client has shown on one connection, and what comes of holding it against authorities.

use std::cell::{OnceCell, RefCell};
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use weir_routing::policy::{ClientTls, ShownCertificate};

use super::Vouching;
use crate::tls::subject;

/// What a client has shown on one connection.
pub(crate) struct Shown {
    /// The host that it named in its handshake.
    host: Box<str>,
    chain: Box<[CertificateDer<'static>]>,
    /// Its subject and its issuer.
    names: Option<(String, String)>,
    checked: RefCell<Option<Checked>>,
    pem: OnceCell<String>,
}

/// What came of holding it against authorities.
struct Checked {
    vouching: Arc<Vouching>,
    depth: u8,
    fault: Option<Fault>,
}

/// Why a certificate is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fault {
    /// As OpenSSL says it, where it does.
    words: &'static str,
    /// Nobody here knows the issuer.
    is_strange: bool,
}

impl Shown {
    /// Of a client that named this host and showed this chain.
    pub(crate) fn new(host: &str, chain: Option<&[CertificateDer<'_>]>) -> Self {
        let chain: Box<[_]> =
            chain.unwrap_or_default().iter().map(|der| CertificateDer::clone(der).into_owned()).collect();
        let names = chain.first().and_then(|der| {
            let certificate = webpki::EndEntityCert::try_from(der).ok()?;
            Some((subject::text(certificate.subject())?, subject::text(certificate.issuer())?))
        });
        Self { host: host.into(), chain, names, checked: RefCell::default(), pem: OnceCell::new() }
    }

    /// Whether it was this host that the client wanted.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        *self.host == *host
    }

    /// Asks `with` about what was shown, held against these authorities now.
    pub(crate) fn with<T>(
        &self,
        tls: &ClientTls,
        vouching: &Arc<Vouching>,
        with: impl FnOnce(ShownCertificate<'_>) -> T,
    ) -> T {
        if self.chain.is_empty() {
            return with(ShownCertificate::Nothing);
        }
        let subject = self.names.as_ref().map_or("", |(subject, _)| subject.as_str());
        with(match self.fault(tls, vouching) {
            None => ShownCertificate::Accepted(subject),
            Some(Fault { is_strange: true, .. }) => ShownCertificate::Stranger,
            Some(Fault { is_strange: false, .. }) => ShownCertificate::Refused,
        })
    }

    /// As `ssl-client-verify` says it.
    pub(crate) fn verdict(&self, tls: &ClientTls, vouching: &Arc<Vouching>) -> String {
        if self.chain.is_empty() {
            return "NONE".to_owned();
        }
        match self.fault(tls, vouching) {
            None => "SUCCESS".to_owned(),
            Some(fault) => format!("FAILED:{}", fault.words),
        }
    }

    /// Subject and issuer.
    pub(crate) fn names(&self) -> Option<(&str, &str)> {
        self.names.as_ref().map(|(subject, issuer)| (subject.as_str(), issuer.as_str()))
    }

    /// The certificate as PEM, escaped for a URL; `None`: nothing was shown.
    pub(crate) fn escaped(&self) -> Option<&str> {
        let der = self.chain.first()?;
        Some(self.pem.get_or_init(|| escaped(&pem(der))))
    }

    fn fault(&self, tls: &ClientTls, vouching: &Arc<Vouching>) -> Option<Fault> {
        let mut checked = self.checked.borrow_mut();
        let known = checked
            .as_ref()
            .filter(|known| Arc::ptr_eq(&known.vouching, vouching) && known.depth == tls.depth);
        if let Some(known) = known {
            return known.fault;
        }
        let (certificate, others) = self.chain.split_first()?;
        let accepted = vouching.authorities.check_client(certificate, others, tls.depth);
        let fault = accepted.err().map(|error| Fault::of(&error));
        *checked = Some(Checked { vouching: Arc::clone(vouching), depth: tls.depth, fault });
        fault
    }
}

impl Fault {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it is, it is not accepted")]
    fn of(error: &webpki::Error) -> Self {
        let (words, is_strange) = match error {
            webpki::Error::UnknownIssuer => ("unable to get local issuer certificate", true),
            webpki::Error::CertExpired { .. } => ("certificate has expired", false),
            webpki::Error::CertNotValidYet { .. } => ("certificate is not yet valid", false),
            webpki::Error::CertRevoked => ("certificate revoked", false),
            webpki::Error::UnknownRevocationStatus => ("unable to get certificate CRL", false),
            webpki::Error::CrlExpired { .. } => ("CRL has expired", false),
            webpki::Error::MaximumPathDepthExceeded => ("certificate chain too long", false),
            _ => ("certificate rejected", false),
        };
        Self { words, is_strange }
    }
}

/// A certificate as PEM (RFC 7468).
fn pem(der: &CertificateDer<'_>) -> String {
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    // 48 bytes are a line of 64 letters.
    for line in der.chunks(48) {
        STANDARD.encode_string(line, &mut out);
        out.push('\n');
    }
    out + "-----END CERTIFICATE-----\n"
}

/// As nginx escapes `$ssl_client_escaped_cert`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // A String takes everything.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
