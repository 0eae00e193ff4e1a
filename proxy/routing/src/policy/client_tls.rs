//! Whether clients of a host have to show a certificate.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Denial;
use crate::pattern::Pattern;

/// What clients of a host have to show (`auth-tls-*`). Who vouches for them is in a Secret, which whoever makes the connections reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientTls {
    /// Secret with the authorities, `namespace/name` (`auth-tls-secret`).
    pub secret: Arc<str>,
    /// Whether they have to (`auth-tls-verify-client`).
    pub verify: VerifyClient,
    /// Most certificates between a client's own and its authority's (`auth-tls-verify-depth`).
    pub depth: u8,
    /// Where those are sent whose certificate is missing or not accepted (`auth-tls-error-page`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_page: Option<Arc<str>>,
    /// Whether upstreams get the certificate (`auth-tls-pass-certificate-to-upstream`).
    pub passes_certificate: bool,
    /// What is in the certificate's subject (`auth-tls-match-cn`).
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text")]
    pub subject: Option<Pattern>,
}

/// Whether clients have to show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum VerifyClient {
    /// Each one, and an authority vouches for it.
    #[default]
    On,
    /// Whoever shows one, shows one that an authority vouches for.
    Optional,
    /// The same, but it may be anybody who vouches.
    OptionalNoCa,
}

/// What a client has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownCertificate<'s> {
    /// Nothing.
    Nothing,
    /// A certificate that is accepted, of this subject.
    Accepted(&'s str),
    /// One of an issuer whom nobody here knows.
    Stranger,
    /// One that is not accepted for another reason.
    Refused,
}

impl ClientTls {
    /// Why a client that has shown this is refused, if it is.
    #[must_use]
    pub fn refuses(&self, shown: ShownCertificate<'_>) -> Option<Denial> {
        match (shown, self.verify) {
            (ShownCertificate::Nothing, VerifyClient::On) => Some(Denial::CertificateMissing),
            (ShownCertificate::Stranger, VerifyClient::On | VerifyClient::Optional)
            | (ShownCertificate::Refused, _) => Some(Denial::CertificateRefused),
            (ShownCertificate::Accepted(subject), _) => self.of_others(subject),
            // There is a name to be seen, and nobody vouches for one.
            (ShownCertificate::Nothing | ShownCertificate::Stranger, _) => {
                self.subject.is_some().then_some(Denial::CertificateName)
            }
        }
    }

    fn of_others(&self, subject: &str) -> Option<Denial> {
        let is_other = self.subject.as_ref().is_some_and(|wanted| !wanted.is_match(subject.as_bytes()));
        is_other.then_some(Denial::CertificateName)
    }
}

#[expect(clippy::ref_option, reason = "serde asks like this")]
fn text<S: Serializer>(pattern: &Option<Pattern>, serializer: S) -> Result<S::Ok, S::Error> {
    pattern.as_ref().map(Pattern::text).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::{ClientTls, Denial, Pattern, ShownCertificate as Shown, VerifyClient};

    #[test]
    fn each_mode_takes_what_nginx_takes() {
        use VerifyClient::{On, Optional, OptionalNoCa};
        let (missing, refused) = (Some(Denial::CertificateMissing), Some(Denial::CertificateRefused));
        for (verify, shown, refusal) in [
            (On, Shown::Nothing, missing),
            (On, Shown::Stranger, refused),
            (On, Shown::Refused, refused),
            (On, Shown::Accepted("CN=a"), None),
            (Optional, Shown::Nothing, None),
            (Optional, Shown::Stranger, refused),
            (Optional, Shown::Refused, refused),
            (Optional, Shown::Accepted("CN=a"), None),
            (OptionalNoCa, Shown::Nothing, None),
            (OptionalNoCa, Shown::Stranger, None),
            (OptionalNoCa, Shown::Refused, refused),
        ] {
            let tls = ClientTls {
                secret: "shop/clients".into(),
                verify,
                depth: 1,
                error_page: None,
                passes_certificate: false,
                subject: None,
            };
            assert_eq!(tls.refuses(shown), refusal, "{verify:?} {shown:?}");
            let named = ClientTls { subject: Some(Pattern::value("CN=a(,|$)").unwrap()), ..tls };
            let refusal = match shown {
                Shown::Nothing | Shown::Stranger => refusal.or(Some(Denial::CertificateName)),
                Shown::Accepted(_) | Shown::Refused => refusal,
            };
            assert_eq!(named.refuses(shown), refusal, "{verify:?} {shown:?}");
            assert_eq!(named.refuses(Shown::Accepted("CN=ab,O=x")), Some(Denial::CertificateName));
        }
    }
}
