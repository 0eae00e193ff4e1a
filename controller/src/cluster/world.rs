//! What was read of the cluster last. Pure: signals in, values out.
//!
//! ```text
//! news      a signal -> what is known, and whether a look would see something else
//! catalog   what is known -> what a look is given, without a copy of any object
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::core::ObjectMeta;
use weir_api::names::FINALIZER;
use weir_api::{Canary, FeatureFlag};

use super::backends::Backends;
use super::pods::Brief;
use super::proxies::proxies;
use super::sets::Set;
use super::signal::Kind;
use super::written::as_written;
use crate::catalog::{Config, Key};
use crate::scrape::Proxy;

mod catalog;
mod news;

/// What was read of the cluster last.
#[derive(Debug, Default)]
pub(super) struct World {
    canaries: BTreeMap<Key, Arc<Canary>>,
    /// Canaries that cannot be read, and why. One that could be read once stays as it was then.
    unreadable: BTreeMap<Key, String>,
    /// Those that could never be read, and are being deleted.
    strays: BTreeMap<Key, ObjectMeta>,
    /// What metrics are judged by, or why it cannot be.
    configs: BTreeMap<Key, Config>,
    flags: BTreeMap<Key, Arc<FeatureFlag>>,
    deployments: BTreeMap<Key, Workload>,
    services: BTreeMap<Key, Arc<Service>>,
    sets: BTreeMap<Key, Set>,
    pods: BTreeMap<Key, Brief>,
    /// Of the proxies.
    slices: BTreeMap<Key, EndpointSlice>,
    /// By the slice.
    backends: BTreeMap<Key, Backends>,
    /// What a list that has not ended has named so far.
    listing: BTreeMap<Kind, BTreeSet<Key>>,
    listed: BTreeSet<Kind>,
    failed: BTreeMap<Kind, String>,
    edition: u64,
}

/// A Deployment.
#[derive(Debug)]
struct Workload {
    live: Arc<Deployment>,
    /// With the image that its user named last: in nearly every one that is what runs.
    written: Arc<Deployment>,
}

impl Workload {
    fn new(deployment: Deployment) -> Self {
        let written = as_written(&deployment).map(Arc::new);
        let live = Arc::new(deployment);
        Self { written: written.unwrap_or_else(|| Arc::clone(&live)), live }
    }
}

impl World {
    /// A number that changes whenever the catalog may. Not every such change is one that a look would be begun for: a status is not.
    pub(super) fn edition(&self) -> u64 {
        self.edition
    }

    /// Whether every kind was listed once. A cluster whose definitions are older than this program has no canary configs and no flags, and waits for none.
    pub(super) fn is_complete(&self) -> bool {
        let is_missing =
            |kind| matches!(kind, Kind::CanaryConfig | Kind::FeatureFlag) && self.failed.contains_key(&kind);
        Kind::ALL.iter().all(|&kind| self.listed.contains(&kind) || is_missing(kind))
    }

    /// Kinds that cannot be watched at the moment, in words.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        self.failed.iter().map(|(kind, error)| {
            format!("{} cannot be watched, and what was read last holds: {error}", kind.plural())
        })
    }

    /// A Deployment as it is.
    pub(super) fn deployment(&self, key: &Key) -> Option<&Deployment> {
        self.deployments.get(key).map(|workload| &*workload.live)
    }

    /// A Service as it is.
    pub(super) fn service(&self, key: &Key) -> Option<&Service> {
        self.services.get(key).map(|service| &**service)
    }

    /// Every Deployment.
    pub(super) fn deployments(&self) -> impl Iterator<Item = (&Key, &Deployment)> {
        self.deployments.iter().map(|(key, workload)| (key, &*workload.live))
    }

    /// Every Service.
    pub(super) fn services(&self) -> impl Iterator<Item = (&Key, &Service)> {
        self.services.iter().map(|(key, service)| (key, &**service))
    }

    /// The pods that proxies know of, by the slice that names them.
    pub(super) fn backends(&self) -> impl Iterator<Item = (&Key, &Backends)> {
        self.backends.iter()
    }

    /// The proxies that there are.
    pub(super) fn proxies(&self, port: u16) -> Vec<Proxy> {
        proxies(self.slices.values(), port)
    }

    fn remove(&mut self, kind: Kind, key: &Key) {
        match kind {
            Kind::Canary => {
                self.canaries.remove(key);
                self.unreadable.remove(key);
                self.strays.remove(key);
            }
            Kind::CanaryConfig => drop(self.configs.remove(key)),
            Kind::FeatureFlag => drop(self.flags.remove(key)),
            Kind::Deployment => drop(self.deployments.remove(key)),
            Kind::Service => drop(self.services.remove(key)),
            Kind::ReplicaSet => drop(self.sets.remove(key)),
            Kind::Pod => drop(self.pods.remove(key)),
            Kind::EndpointSlice => drop(self.slices.remove(key)),
            Kind::Backends => drop(self.backends.remove(key)),
        }
    }

    fn keys(&self, kind: Kind) -> Box<dyn Iterator<Item = &Key> + '_> {
        match kind {
            Kind::Canary => Box::new(self.canaries.keys().chain(self.unreadable.keys())),
            Kind::CanaryConfig => Box::new(self.configs.keys()),
            Kind::FeatureFlag => Box::new(self.flags.keys()),
            Kind::Deployment => Box::new(self.deployments.keys()),
            Kind::Service => Box::new(self.services.keys()),
            Kind::ReplicaSet => Box::new(self.sets.keys()),
            Kind::Pod => Box::new(self.pods.keys()),
            Kind::EndpointSlice => Box::new(self.slices.keys()),
            Kind::Backends => Box::new(self.backends.keys()),
        }
    }
}

/// Whether a Canary is being deleted, and waits for this controller.
fn waits(meta: &ObjectMeta) -> bool {
    let mut finalizers = meta.finalizers.iter().flatten();
    meta.deletion_timestamp.is_some() && finalizers.any(|one| one == FINALIZER)
}

#[cfg(test)]
mod tests;
