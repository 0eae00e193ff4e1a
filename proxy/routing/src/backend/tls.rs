//! What is asked of endpoints that are spoken to over TLS.

use std::sync::Arc;

use serde::Serialize;

/// How endpoints are spoken to over TLS. The material itself, certificates and keys, is whoever's who makes the connections; here is only where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamTls {
    /// Whether an endpoint's certificate is checked: who issued it, and that it is for `name` (`proxy-ssl-verify`).
    pub verify: bool,
    /// Secret with the proxy's own certificate, authorities, or both, `namespace/name` (`proxy-ssl-secret`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Arc<str>>,
    /// Name that a certificate is checked for, and that is told to the endpoint where `sends_name` is (`proxy-ssl-name`). `None`: that of the Service; a
    /// backend of a route always has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Whether endpoints are told the name that is wanted (`proxy-ssl-server-name`).
    pub sends_name: bool,
    /// Most certificates between an endpoint's own and its authority's (`proxy-ssl-verify-depth`).
    pub depth: u8,
    /// Versions that are spoken (`proxy-ssl-protocols`).
    pub versions: Versions,
    /// Suites of TLS 1.2 that are spoken, as OpenSSL names them; `None`: all that are known (`proxy-ssl-ciphers`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ciphers: Option<Arc<[Cipher]>>,
}

/// Versions of TLS, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Versions {
    /// TLS 1.2 and 1.3.
    #[serde(rename = "1.2 and 1.3")]
    Both,
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    Tls13,
}

impl Default for UpstreamTls {
    /// As ingress-nginx has it: nothing is checked.
    fn default() -> Self {
        Self {
            verify: false,
            secret: None,
            name: None,
            sends_name: false,
            depth: 1,
            versions: Versions::Both,
            ciphers: None,
        }
    }
}

/// A suite of TLS 1.2. There are no others that are still held to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// `ECDHE-ECDSA-AES256-GCM-SHA384`.
    EcdsaAes256,
    /// `ECDHE-ECDSA-AES128-GCM-SHA256`.
    EcdsaAes128,
    /// `ECDHE-ECDSA-CHACHA20-POLY1305`.
    EcdsaChacha,
    /// `ECDHE-RSA-AES256-GCM-SHA384`.
    RsaAes256,
    /// `ECDHE-RSA-AES128-GCM-SHA256`.
    RsaAes128,
    /// `ECDHE-RSA-CHACHA20-POLY1305`.
    RsaChacha,
}

impl Cipher {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::EcdsaAes256,
        Self::EcdsaAes128,
        Self::EcdsaChacha,
        Self::RsaAes256,
        Self::RsaAes128,
        Self::RsaChacha,
    ];

    /// OpenSSL's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaAes256 => "ECDHE-ECDSA-AES256-GCM-SHA384",
            Self::EcdsaAes128 => "ECDHE-ECDSA-AES128-GCM-SHA256",
            Self::EcdsaChacha => "ECDHE-ECDSA-CHACHA20-POLY1305",
            Self::RsaAes256 => "ECDHE-RSA-AES256-GCM-SHA384",
            Self::RsaAes128 => "ECDHE-RSA-AES128-GCM-SHA256",
            Self::RsaChacha => "ECDHE-RSA-CHACHA20-POLY1305",
        }
    }

    /// By OpenSSL's name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.as_str() == name)
    }
}

impl Serialize for Cipher {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
