//! Where Ingresses are reached, in their status: external-dns and people read it there.
//!
//! | `--publish-service` is of type | addresses |
//! |---|---|
//! | `LoadBalancer` | those of the load balancer, and `externalIPs` |
//! | `ClusterIP`, `NodePort` | `externalIPs`, else its own address |
//! | `ExternalName` | the name |
//!
//! As in ingress-nginx. `--publish-status-address` gives them instead.

use std::time::Duration;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerIngress as Address};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::time::Instant;

use super::Board;
use crate::config::KubernetesArgs;

/// After the API server did not take one.
const PAUSE: Duration = Duration::from_secs(10);
/// Ingresses whose status is written at one look.
const MOST: usize = 100;

/// The addresses of every Ingress.
pub(super) struct Addresses {
    client: Client,
    /// Namespace and name.
    service: Option<(String, String)>,
    /// `None`: not known, so nothing is written.
    known: Option<Vec<Address>>,
    /// Not before.
    again: Instant,
}

impl Addresses {
    pub(super) fn new(client: Client, options: &KubernetesArgs) -> Self {
        let fixed: Vec<Address> = options.publish_status_address.iter().map(|text| address(text)).collect();
        let service = options.publish_service.as_deref().map(|name| match name.split_once('/') {
            Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
            None => (client.default_namespace().to_owned(), name.to_owned()),
        });
        Self { client, service, known: (!fixed.is_empty()).then_some(fixed), again: Instant::now() }
    }

    /// Reads the addresses of the Service.
    pub(super) async fn refresh(&mut self) {
        let Some((namespace, name)) = &self.service else { return };
        match Api::<Service>::namespaced(self.client.clone(), namespace).get_opt(name).await {
            Ok(Some(service)) => self.known = Some(of_service(&service)),
            Ok(None) => tracing::warn!("--publish-service {namespace}/{name}: there is no such Service"),
            Err(error) => {
                tracing::warn!(error = %super::words(&error), "--publish-service {namespace}/{name} cannot be read");
            }
        }
    }

    /// Writes them where the status says something else.
    pub(super) async fn tell(&mut self, board: &Board) {
        let Some(addresses) = self.known.as_ref().filter(|_| Instant::now() >= self.again) else { return };
        for key in board.with_other_addresses(addresses, MOST) {
            let Some((namespace, name)) = key.split_once('/') else { continue };
            let api: Api<Ingress> = Api::namespaced(self.client.clone(), namespace);
            let patch = json!({ "status": { "loadBalancer": { "ingress": addresses } } });
            // What it says then comes back by the watch.
            match api.patch_status(name, &PatchParams::default(), &Patch::Merge(patch)).await {
                Ok(ingress) => board.ingress(&key, Some(&ingress)),
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => {
                    tracing::warn!(ingress = %key, error = %super::words(&error), "its status cannot be written");
                    self.again = Instant::now() + PAUSE;
                    return;
                }
            }
        }
    }
}

/// The addresses that a Service is reached at.
fn of_service(service: &Service) -> Vec<Address> {
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
fn address(text: &str) -> Address {
    let is_ip = text.parse::<std::net::IpAddr>().is_ok();
    Address { ip: is_ip.then(|| text.to_owned()), hostname: (!is_ip).then(|| text.to_owned()), ports: None }
}

#[cfg(test)]
mod tests {
    use super::{Service, of_service};

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
}
