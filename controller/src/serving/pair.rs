//! A certificate of one's own making, and the Secret that keeps it. Pure, but for the keys, which are made of the system's randomness.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use serde_json::Value;
use weir_api::Timestamp;

/// How long one is valid.
const LIFE: Duration = Duration::from_hours(365 * 24);
/// When so much of it is left, another one is made.
const LEFT: Duration = Duration::from_hours(90 * 24);
/// Other clocks may be behind by so much.
const BEHIND: Duration = Duration::from_hours(1);

/// A certificate, its key, and what to trust to trust it; in PEM.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
    /// Its own authority first, then that of the one before: another replica may still show that one.
    pub(super) authorities: String,
    /// When it ends. `None`: it is somebody else's, who sees to it.
    pub(super) until: Option<Timestamp>,
}

impl Pair {
    /// Makes one for these names, which takes over from `before`. The key of the authority is thrown away: it signs nothing else.
    pub(super) fn make(
        names: &[String],
        now: Timestamp,
        before: Option<&Self>,
    ) -> Result<Self, rcgen::Error> {
        let since = Duration::from_micros(u64::try_from(now.unix_micros()).unwrap_or_default());
        let (from, to) = (since.saturating_sub(BEHIND), since + LIFE);
        let dated = |mut params: CertificateParams| {
            (params.not_before, params.not_after) =
                (date_time_ymd(1970, 1, 1) + from, date_time_ymd(1970, 1, 1) + to);
            params
        };
        let authority_key = KeyPair::generate()?;
        let mut authority = dated(CertificateParams::new(Vec::new())?);
        authority.distinguished_name.push(DnType::CommonName, "weir-controller-authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages.push(KeyUsagePurpose::KeyCertSign);
        let own = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate()?;
        let mut params = dated(CertificateParams::new(names.to_vec())?);
        params.distinguished_name.push(DnType::CommonName, "weir-controller");
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        let certificate = params.signed_by(&key, &issuer)?.pem();
        let former = before.and_then(|before| first(&before.authorities)).unwrap_or_default();
        Ok(Self {
            certificate,
            key: key.serialize_pem(),
            authorities: own + former,
            until: Some(Timestamp::from_unix_micros(
                i64::try_from((since + LIFE).as_micros()).unwrap_or(i64::MAX),
            )),
        })
    }

    /// Whether another one has to be made.
    pub(super) fn is_ending(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until.since(now) < LEFT)
    }
}

/// Nobody prints a key.
impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { certificate, key: _, authorities: _, until } = self;
        f.debug_struct("Pair").field("certificate", certificate).field("until", until).finish_non_exhaustive()
    }
}

/// The first block of a PEM text.
fn first(pem: &str) -> Option<&str> {
    const END: &str = "-----END CERTIFICATE-----\n";
    pem.find(END).and_then(|at| pem.get(..at + END.len()))
}

/// A certificate of one's own making says there when it ends. One without is somebody else's, who renews it.
const ENDS: &str = "weir.dev/certificate-ends";
const AUTHORITIES: &str = "ca.crt";

/// The Secret of this name that keeps a pair; `version`: of the one in whose place it is put.
pub(super) fn to_secret(name: &str, pair: &Pair, version: Option<String>) -> Secret {
    let data = [("tls.crt", &pair.certificate), ("tls.key", &pair.key), (AUTHORITIES, &pair.authorities)];
    let data = data.map(|(name, pem)| (name.to_owned(), ByteString(pem.clone().into_bytes())));
    let ends = pair.until.map(|until| (ENDS.to_owned(), until.to_string()));
    let mut secret = Secret {
        data: Some(BTreeMap::from(data)),
        type_: Some("kubernetes.io/tls".to_owned()),
        ..Secret::default()
    };
    secret.metadata.name = Some(name.to_owned());
    secret.metadata.resource_version = version;
    secret.metadata.annotations = Some(ends.into_iter().collect());
    secret
}

/// What a Secret holds; `None`: nothing that could be a certificate.
pub(super) fn of_secret(secret: &Secret) -> Option<Pair> {
    let field = |name: &str| String::from_utf8(secret.data.as_ref()?.get(name)?.0.clone()).ok();
    let certificate = field("tls.crt")?;
    Some(Pair {
        // Whose certificate has no authority beside it has signed it himself.
        authorities: field(AUTHORITIES).unwrap_or_else(|| certificate.clone()),
        key: field("tls.key")?,
        until: secret.metadata.annotations.as_ref().and_then(ends),
        certificate,
    })
}

fn ends(annotations: &BTreeMap<String, String>) -> Option<Timestamp> {
    serde_json::from_value(Value::String(annotations.get(ENDS)?.clone())).ok()
}

#[cfg(test)]
mod tests {
    use super::{LEFT, LIFE, Pair};
    use std::time::Duration;
    use weir_api::Timestamp;

    fn at(since: Duration) -> Timestamp {
        Timestamp::from_unix_micros(1_800_000_000_000_000 + i64::try_from(since.as_micros()).unwrap())
    }

    #[test]
    fn one_is_renewed_in_time_and_its_successor_names_both_authorities() {
        let names = ["weir-controller.weir-system.svc".to_owned()];
        let one = Pair::make(&names, at(Duration::ZERO), None).unwrap();
        let day = Duration::from_hours(24);
        assert!(!one.is_ending(at(LIFE.saturating_sub(LEFT + day))));
        let late = at(LIFE.saturating_sub(LEFT).saturating_add(day));
        assert!(one.is_ending(late));
        let other = Pair::make(&names, late, Some(&one)).unwrap();
        assert!(other.authorities.ends_with(&one.authorities));
        assert_eq!(other.authorities.matches("BEGIN").count(), 2);
        let third = Pair::make(&names, late, Some(&other)).unwrap();
        assert_eq!(third.authorities.matches("BEGIN").count(), 2, "not longer with each");
        assert!(!format!("{one:?}").contains("PRIVATE"));
    }
}
