//! Services of type `ExternalName`: a name elsewhere in the place of pods.
//!
//! Whoever may ask the DNS, which is not here, finds the addresses of the name; here they become an EndpointSlice like any other. Addresses of the proxy's own machine
//! and of its link are refused: a tenant who may write Services could reach the admin port of the proxy, or the metadata of the cloud, by them.

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use weir_api::names::SERVICE_NAME_LABEL;

/// Annotation of our own slices: why there is no address.
pub(crate) const WHY: &str = "weir.dev/no-address-because";

/// The name that a Service stands for, if it is of this type.
#[must_use]
pub fn name_of(service: &Service) -> Option<&str> {
    let spec = service.spec.as_ref()?;
    let is_external = spec.type_.as_deref() == Some("ExternalName");
    is_external.then(|| spec.external_name.as_deref().unwrap_or_default())
}

/// Key of the slice of the Service of this key. No object of a cluster has such a one.
#[must_use]
pub fn key_of(service: &str) -> Arc<str> {
    format!("{service} (ExternalName)").into()
}

/// The slice of the Service `namespace/name`: of every port, since the port is the Ingress's or the Service's. `Err`: why there is no address.
#[must_use]
pub fn slice(service: &str, addresses: Result<&[IpAddr], &str>) -> EndpointSlice {
    let (namespace, name) = service.split_once('/').unwrap_or(("default", service));
    let endpoint =
        |address: &IpAddr| Endpoint { addresses: vec![address.to_string()], ..Endpoint::default() };
    EndpointSlice {
        metadata: ObjectMeta {
            namespace: Some(namespace.to_owned()),
            labels: Some([(SERVICE_NAME_LABEL.to_owned(), name.to_owned())].into()),
            annotations: addresses.err().map(|why| [(WHY.to_owned(), why.to_owned())].into()),
            ..ObjectMeta::default()
        },
        endpoints: addresses.unwrap_or_default().iter().map(endpoint).collect(),
        ..EndpointSlice::default()
    }
}

/// Whether an address is one of the machine itself, of its link, or of no single machine.
#[must_use]
pub fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn addresses_of_the_machine_and_its_link_are_local() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "::",
        ] {
            assert!(is_local(text.parse().unwrap()), "{text}");
        }
        for text in ["10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1", "::ffff:192.0.2.1"] {
            assert!(!is_local(text.parse().unwrap()), "{text}");
        }
    }
}
