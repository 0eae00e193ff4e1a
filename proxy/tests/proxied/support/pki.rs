//! Authorities, what they issue, and servers that show it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, RevokedCertParams,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};

/// One that issues certificates.
pub(crate) struct Authority {
    /// Its own certificate.
    pub(crate) pem: String,
    /// What it shows beside what it issued: itself, where it is below another one.
    above: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with what belongs to it, and its key.
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::make(name, None)
    }

    /// One that was issued by this one.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self::make(name, Some(self))
    }

    fn make(name: &str, above: Option<&Self>) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let made = match above {
            Some(above) => params.signed_by(&key, &above.issuer).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        let pem = made.pem();
        let above = above.map(|_| pem.clone()).unwrap_or_default();
        Self { pem, above, issuer: Issuer::new(params, key) }
    }

    /// A certificate of this common name, for these names.
    pub(crate) fn issue(&self, common: &str, names: &[&str]) -> Pair {
        let key = KeyPair::generate().unwrap();
        let made = params(common, names).signed_by(&key, &self.issuer).unwrap();
        Pair { chain: made.pem() + &self.above, key: key.serialize_pem() }
    }

    /// A certificate with this number.
    pub(crate) fn issue_as(&self, number: u64, common: &str) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = params(common, &[]);
        params.serial_number = Some(number.into());
        let made = params.signed_by(&key, &self.issuer).unwrap();
        Pair { chain: made.pem() + &self.above, key: key.serialize_pem() }
    }

    /// A list of certificates that are not good any more, by their numbers.
    pub(crate) fn revoke(&self, numbers: &[u64]) -> String {
        let revoked = |number: &u64| RevokedCertParams {
            serial_number: (*number).into(),
            revocation_time: rcgen::date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2024, 1, 1),
            next_update: rcgen::date_time_ymd(2100, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: numbers.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        store
    }
}

fn params(common: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

impl Pair {
    pub(crate) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(self.chain.as_bytes()).map(Result::unwrap).collect()
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }

    /// A server that shows it, and that wants to see a certificate of `clients`, if of any.
    pub(crate) fn server(&self, alpn: &str, clients: Option<&Authority>) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(authority.store()), provider)
                    .build()
                    .unwrap(),
            ),
        };
        let mut config = builder.with_single_cert(self.certificates(), self.private_key()).unwrap();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        Arc::new(config)
    }
}

/// What a handshake was about, in words.
pub(crate) fn about(connection: &ServerConnection) -> String {
    let shown = connection.peer_certificates().map_or("nothing", |chain| {
        let der = chain[0].as_ref();
        // The last one is the subject's; rcgen writes common names as UTF8String.
        let has = |name: &str| der.windows(name.len()).any(|window| window == name.as_bytes());
        ["first", "second", "third"].into_iter().find(|name| has(name)).unwrap_or("somebody")
    });
    format!(
        "alpn {} sni {} client {shown} {:?} {:?} {:?}",
        connection.alpn_protocol().map_or("none".into(), |alpn| String::from_utf8_lossy(alpn).into_owned()),
        connection.server_name().unwrap_or("none"),
        connection.protocol_version().unwrap(),
        connection.negotiated_cipher_suite().unwrap().suite(),
        connection.handshake_kind().unwrap(),
    )
}
