//! Who may ask for metrics: the API server, on behalf of somebody whom it has asked who he is and whether he may. Pure.
//!
//! As the aggregation layer has it: a certificate of the authority in the ConfigMap `kube-system/extension-apiserver-authentication`, with one of the names
//! there.

use k8s_openapi::api::core::v1::ConfigMap;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// The `id-at-commonName` attribute in DER: an object identifier of three bytes (RFC 5280, appendix A.1).
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// The API server, as others see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Front {
    /// Authority of its certificate, in PEM.
    authority: String,
    /// Names that it may have; an empty list: any. `None`: it cannot be read, and nobody is the API server.
    names: Option<Vec<String>>,
}

impl Front {
    /// What the ConfigMap says. Without an authority in it nobody is the API server.
    pub(super) fn of(published: &ConfigMap) -> Self {
        let field = |name: &str| published.data.as_ref()?.get(name).cloned();
        let names = field("requestheader-allowed-names").unwrap_or_default();
        Self {
            authority: field("requestheader-client-ca-file").unwrap_or_default(),
            names: serde_json::from_str(&names).ok(),
        }
    }

    /// Authorities of certificates that are taken at all.
    pub(super) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(self.authority.as_bytes()).filter_map(Result::ok).collect();
        roots.add_parsable_certificates(certificates);
        roots
    }

    /// Whether a certificate, which its authority has signed, has one of the names.
    pub(crate) fn is_named(&self, certificate: &[u8]) -> bool {
        let Some(names) = &self.names else { return false };
        names.is_empty() || common_names(certificate).any(|name| names.iter().any(|own| own == name))
    }
}

/// Common names in a certificate, the issuer's among them: an authority that calls itself as the front proxy trusts itself.
fn common_names(der: &[u8]) -> impl Iterator<Item = &str> {
    let starts = der.windows(COMMON_NAME.len()).enumerate().filter(|(_, window)| *window == COMMON_NAME);
    starts.filter_map(|(at, _)| {
        // Kind and length of a string, which is shorter than 128 bytes here (at most 64: ub-common-name).
        let [_kind, length, rest @ ..] = der.get(at + COMMON_NAME.len()..)? else { return None };
        std::str::from_utf8(rest.get(..usize::from(*length))?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::Front;
    use k8s_openapi::api::core::v1::ConfigMap;
    use rcgen::{CertificateParams, DnType, KeyPair};
    use serde_json::{Value, json};

    fn front(names: &str) -> Front {
        let published = json!({"data": {"requestheader-allowed-names": names}});
        Front::of(&serde_json::from_value::<ConfigMap>(published).unwrap())
    }

    fn certificate(name: &str) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_name_is_asked_for_where_names_are_given() {
        let names = json!(["front-proxy-client", "aggregator"]).to_string();
        assert!(front(&names).is_named(&certificate("front-proxy-client")));
        assert!(front(&names).is_named(&certificate("aggregator")));
        assert!(!front(&names).is_named(&certificate("front-proxy")));
        assert!(front("[]").is_named(&certificate("anybody")));
    }

    #[test]
    fn what_cannot_be_read_allows_nobody() {
        for names in ["", "front-proxy-client", "{}"] {
            assert!(!front(names).is_named(&certificate("front-proxy-client")), "{names:?}");
        }
        let nobody = Front::of(&serde_json::from_value(Value::Object(serde_json::Map::new())).unwrap());
        assert!(nobody.roots().is_empty());
    }
}
