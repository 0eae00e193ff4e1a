//! The Service that Ingresses are published at (`--publish-service`): its addresses, and who runs behind it.
//!
//! | it is of type | addresses |
//! |---|---|
//! | `LoadBalancer` | those of the load balancer, and `externalIPs` |
//! | `ClusterIP`, `NodePort` | `externalIPs`, else its own address |
//! | `ExternalName` | the name |
//!
//! As in ingress-nginx.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::IngressLoadBalancerIngress as Address;

/// As EndpointSlices name their Service.
const OF: &str = "kubernetes.io/service-name";

/// What is known of it.
#[derive(Debug)]
pub(super) struct Published {
    key: String,
    /// `None`: there is none, as far as is known.
    addresses: Option<Vec<Address>>,
    /// Endpoints that do not end, by key of their slice.
    staying: BTreeMap<Arc<str>, usize>,
}

impl Published {
    /// Nothing is known yet of the Service of this key.
    pub(super) fn new(key: String) -> Self {
        Self { key, addresses: None, staying: BTreeMap::new() }
    }

    /// A Service is there, or gone: this one, or any other.
    pub(super) fn service(&mut self, key: &str, now: Option<&Service>) {
        if key == self.key {
            self.addresses = now.map(of_service);
        }
    }

    /// A slice is there, or gone: of this Service, or of any other.
    pub(super) fn endpoint_slice(&mut self, key: &Arc<str>, now: Option<&EndpointSlice>) {
        match now.filter(|slice| self.has(slice)) {
            Some(slice) => drop(self.staying.insert(Arc::clone(key), staying(slice))),
            None => drop(self.staying.remove(key)),
        }
    }

    /// Where it is reached.
    pub(super) fn addresses(&self) -> Option<&[Address]> {
        self.addresses.as_deref()
    }

    /// Whether a pod runs behind it that was not told to end.
    pub(super) fn has_others(&self) -> bool {
        self.staying.values().any(|staying| *staying > 0)
    }

    fn has(&self, slice: &EndpointSlice) -> bool {
        let name = slice.metadata.labels.as_ref().and_then(|labels| labels.get(OF));
        let key = slice.metadata.namespace.as_ref().zip(name);
        key.is_some_and(|(namespace, name)| self.key.split_once('/') == Some((namespace, name)))
    }
}

/// How many endpoints were not told to end, ready or not.
fn staying(slice: &EndpointSlice) -> usize {
    let ends = |endpoint: &&k8s_openapi::api::discovery::v1::Endpoint| {
        endpoint.conditions.as_ref().and_then(|conditions| conditions.terminating).unwrap_or_default()
    };
    slice.endpoints.iter().filter(|endpoint| !ends(endpoint)).count()
}

/// The addresses that a Service is reached at.
pub(super) fn of_service(service: &Service) -> Vec<Address> {
    let Some(spec) = &service.spec else { return Vec::new() };
    let external = || spec.external_ips.iter().flatten().map(|ip| address(ip));
    let cluster =
        || spec.cluster_ip.iter().filter(|ip| !ip.is_empty() && *ip != "None").map(|ip| address(ip));
    match spec.type_.as_deref() {
        Some("ExternalName") => spec.external_name.iter().map(|name| address(name)).collect(),
        Some("LoadBalancer") => {
            let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
            let points = balancer.and_then(|balancer| balancer.ingress.as_ref()).into_iter().flatten();
            let points = points.map(|point| Address {
                hostname: point.hostname.clone(),
                ip: point.ip.clone(),
                ports: None,
            });
            points.chain(external()).collect()
        }
        _ => Some(external().collect::<Vec<_>>())
            .filter(|external| !external.is_empty())
            .unwrap_or_else(|| cluster().collect()),
    }
}

/// An IP address, or else a name.
pub(super) fn address(text: &str) -> Address {
    let is_ip = text.parse::<std::net::IpAddr>().is_ok();
    Address { ip: is_ip.then(|| text.to_owned()), hostname: (!is_ip).then(|| text.to_owned()), ports: None }
}

#[cfg(test)]
mod tests {
    use super::{Published, Service, of_service};

    fn texts(service: serde_json::Value) -> Vec<String> {
        let service: Service = serde_json::from_value(service).unwrap();
        of_service(&service).into_iter().map(|a| a.ip.or(a.hostname).unwrap()).collect()
    }

    #[test]
    fn the_type_of_the_service_decides() {
        let balancer = serde_json::json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.1" }, { "hostname": "lb.example" }] } });
        for (spec, status, expected) in [
            (
                serde_json::json!({ "type": "LoadBalancer", "externalIPs": ["192.0.2.9"] }),
                balancer.clone(),
                &["192.0.2.1", "lb.example", "192.0.2.9"][..],
            ),
            (
                serde_json::json!({ "type": "ClusterIP", "clusterIP": "10.96.0.7" }),
                balancer.clone(),
                &["10.96.0.7"],
            ),
            (
                serde_json::json!({ "clusterIP": "10.96.0.7", "externalIPs": ["192.0.2.9"] }),
                balancer.clone(),
                &["192.0.2.9"],
            ),
            (serde_json::json!({ "clusterIP": "None" }), balancer.clone(), &[]),
            (
                serde_json::json!({ "type": "ExternalName", "externalName": "edge.example" }),
                balancer,
                &["edge.example"],
            ),
        ] {
            assert_eq!(texts(serde_json::json!({ "spec": spec, "status": status })), expected, "{spec}");
        }
    }

    #[test]
    fn a_pod_that_was_told_to_end_is_none_of_the_others() {
        let mut published = Published::new("weir/edge".to_owned());
        let slice = |service: &str, ends: &[bool]| {
            let endpoints = ends.iter().map(|ends| serde_json::json!({ "addresses": ["10.0.0.1"], "conditions": { "ready": false, "terminating": ends } }));
            serde_json::from_value(serde_json::json!({
                "metadata": { "namespace": "weir", "name": "edge-1", "labels": { "kubernetes.io/service-name": service } },
                "addressType": "IPv4",
                "endpoints": endpoints.collect::<Vec<_>>(),
            }))
            .unwrap()
        };
        let key = "weir/edge-1".into();
        for (service, ends, expected) in [
            ("edge", &[true, false][..], true),
            ("edge", &[true, true], false),
            ("edge", &[false], true),
            ("other", &[false], false),
        ] {
            published.endpoint_slice(&key, Some(&slice(service, ends)));
            assert_eq!(published.has_others(), expected, "{service} {ends:?}");
        }
        published.endpoint_slice(&key, Some(&slice("edge", &[false])));
        published.endpoint_slice(&key, None);
        assert!(!published.has_others());
    }
}
