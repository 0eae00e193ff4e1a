//! Clients that have to show a certificate: whether one may come in, and what its upstream is told.

use http::StatusCode;
use http::header::{self, HeaderValue};
use weir_routing::policy::{ClientTls, Denial, ShownCertificate};

use super::respond::{self, Instead};
use super::sink::Sink;
use crate::client::link::Link;
use crate::scheme::Scheme;

/// Beginning of the fields that only the proxy says.
const FIELDS: &[u8] = b"ssl-client-";

/// Whether a field is one of these.
pub(super) fn is_field(name: &[u8]) -> bool {
    name.get(..FIELDS.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(FIELDS))
}

/// Why the client of this connection may not ask for this host, if it may not.
#[cold]
pub(super) fn refusal(link: &Link, tls: &ClientTls, host: &str) -> Option<Denial> {
    let Some(vouching) = link.worker.shared.clients.get(&tls.secret) else {
        return Some(Denial::CertificateAuthorities);
    };
    if link.scheme == Scheme::Http {
        return tls.refuses(ShownCertificate::Nothing);
    }
    // What was shown to another host says nothing here: it need not be what the client would have shown, and nobody was asked for it.
    let Some(shown) = link.shown().filter(|shown| shown.is_for(host)) else {
        return Some(Denial::Misdirected);
    };
    shown.with(tls, &vouching, |shown| tls.refuses(shown))
}

/// The answer to a client that is refused, where it is to be sent elsewhere.
pub(super) fn error_page(tls: &ClientTls, denial: Denial) -> Option<Instead> {
    let page = tls.error_page.as_ref()?;
    if !matches!(denial, Denial::CertificateMissing | Denial::CertificateRefused) {
        return None;
    }
    let status = StatusCode::FOUND;
    let text = respond::sentence(status, &format_args!("go to {page}"));
    let location = HeaderValue::try_from(&**page).ok()?;
    Some(Instead { status, fields: vec![(header::LOCATION, location)], body: text.into() })
}

/// Tells the upstream what the client has shown.
#[cold]
pub(super) fn describe(sink: &mut impl Sink, link: &Link, tls: &ClientTls) {
    let vouching = link.worker.shared.clients.get(&tls.secret);
    let Some((shown, vouching)) = link.shown().zip(vouching) else {
        sink.field("ssl-client-verify", b"NONE");
        return;
    };
    sink.field("ssl-client-verify", shown.verdict(tls, &vouching).as_bytes());
    if let Some((subject, issuer)) = shown.names() {
        sink.field("ssl-client-subject-dn", subject.as_bytes());
        sink.field("ssl-client-issuer-dn", issuer.as_bytes());
    }
    if let Some(certificate) = shown.escaped().filter(|_| tls.passes_certificate) {
        sink.field("ssl-client-cert", certificate.as_bytes());
    }
}
