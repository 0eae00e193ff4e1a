//! Keys and certificates of one cluster, made at its start.

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

use super::network::{API_SERVICE, NODE_ADDRESS};

/// What the API server is called where it asks aggregated APIs.
pub(crate) const FRONT: &str = "front-proxy-client";

/// Everything in PEM.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// What clients and pods trust.
    pub(crate) authority: String,
    /// The API server's certificate and key.
    pub(crate) server: (String, String),
    /// The certificate and key with which it asks aggregated APIs.
    pub(crate) front: (String, String),
    /// Private and public key of the tokens of service accounts.
    pub(crate) service_accounts: (String, String),
}

impl Certificates {
    /// Fresh ones.
    pub(crate) fn make() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.distinguished_name.push(DnType::CommonName, "weir-cluster");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key)?.pem();
        let issuer = Issuer::new(authority, key);

        let names = [
            "127.0.0.1",
            "localhost",
            NODE_ADDRESS,
            API_SERVICE,
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ];
        let mut server = CertificateParams::new(names.map(str::to_owned).to_vec())?;
        server.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        server.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        let server_key = KeyPair::generate()?;
        let server = server.signed_by(&server_key, &issuer)?.pem();
        let mut front = CertificateParams::new(Vec::new())?;
        front.distinguished_name.push(DnType::CommonName, FRONT);
        front.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        let front_key = KeyPair::generate()?;
        let front = front.signed_by(&front_key, &issuer)?.pem();
        let tokens = KeyPair::generate()?;
        Ok(Self {
            front: (front, front_key.serialize_pem()),
            authority: certificate,
            server: (server, server_key.serialize_pem()),
            service_accounts: (tokens.serialize_pem(), tokens.public_key_pem()),
        })
    }
}
