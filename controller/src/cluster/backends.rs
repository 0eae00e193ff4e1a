//! Which pods proxies know of: those in the `EndpointSlice`s of a Service. Pure.
//!
//! A pod is ready before Kubernetes has written so there, and where its controllers are behind (after an outage of the API server: for a minute) it
//! is so much later. Proxies go by the slices, so weights wait for them as well: else they lead to pods that are gone.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::discovery::v1::EndpointSlice;
use weir_api::Track;
use weir_api::names::SERVICE_NAME_LABEL;

use super::tracks::beside;
use super::world::World;
use crate::catalog::{Catalog, Key};
use crate::fleet::Pod;

/// What matters of an `EndpointSlice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backends {
    /// Name of the Service.
    pub(super) service: Option<String>,
    /// Names of the pods that can be asked.
    pub(super) pods: BTreeSet<String>,
}

impl Backends {
    pub(super) fn of(slice: &EndpointSlice) -> Self {
        let service =
            slice.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME_LABEL).cloned());
        // Whether an endpoint is ready may be unknown, and counts as yes (the API's documentation of `conditions.ready`).
        let is_ready = |ready: Option<bool>| ready != Some(false);
        let ready = slice.endpoints.iter().filter(|endpoint| {
            is_ready(endpoint.conditions.as_ref().and_then(|conditions| conditions.ready))
        });
        let pods = ready.filter_map(|endpoint| endpoint.target_ref.as_ref()?.name.clone()).collect();
        Self { service, pods }
    }
}

/// The pods that proxies know of, by the Services of a catalog.
#[derive(Debug)]
pub(super) struct Known<'w> {
    /// The Service of each Deployment that is released, where Kubernetes fills its slices.
    services: BTreeMap<Key, Key>,
    pods: BTreeMap<Key, BTreeSet<&'w str>>,
}

impl<'w> Known<'w> {
    pub(super) fn of(world: &'w World, catalog: &Catalog) -> Self {
        let has_selector = |service: &Key| {
            let spec = world.service(service).and_then(|service| service.spec.as_ref());
            spec.and_then(|spec| spec.selector.as_ref()).is_some_and(|selector| !selector.is_empty())
        };
        let services = catalog.canaries.iter().map(|(key, canary)| {
            (key.sibling(&canary.spec.target_ref.name), key.sibling(&canary.spec.service))
        });
        let services: BTreeMap<_, _> = services.filter(|(_, service)| has_selector(service)).collect();
        let mut pods: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (key, backends) in world.backends() {
            let Some(service) = &backends.service else { continue };
            pods.entry(key.sibling(service)).or_default().extend(backends.pods.iter().map(String::as_str));
        }
        Self { services, pods }
    }

    /// Pods of which proxies know not one cannot serve yet. Where they know one of a revision the slices are not behind by an outage, only by the moment in which a pod becomes
    /// ready; so the others count as well.
    pub(super) fn seen_by_proxies(&self, pods: Vec<Pod>) -> Vec<Pod> {
        let group = |pod: &Pod| (pod.deployment.clone(), pod.track, pod.revision.clone());
        let is_known = |pod: &Pod| {
            let known = self.service(pod).and_then(|service| self.pods.get(&service));
            known.is_some_and(|known| known.contains(pod.name.as_str()))
        };
        let served: BTreeSet<_> = pods.iter().filter(|pod| pod.ready && is_known(pod)).map(group).collect();
        let look = |mut pod: Pod| {
            let Some(service) = self.service(&pod).filter(|_| pod.ready && !served.contains(&group(&pod)))
            else {
                return pod;
            };
            pod.ready = false;
            pod.problem = Some(format!("ready, but not among the endpoints of Service {service} yet"));
            pod
        };
        pods.into_iter().map(look).collect()
    }

    /// The Service that leads to a pod, where Kubernetes fills its slices.
    fn service(&self, pod: &Pod) -> Option<Key> {
        let stable = self.services.get(&pod.deployment)?;
        Some(if pod.track == Track::Stable { stable.clone() } else { beside(stable, pod.track) })
    }
}

#[cfg(test)]
mod tests;
