//! A signal taken in, and whether a look would see something else now. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::core::ObjectMeta;
use kube::core::error_boundary::InvalidObject;
use weir_api::canary::ReleaseOn;
use weir_api::names::{CANARY_LABEL, COMMAND};
use weir_api::{Canary, FeatureFlag};

use super::{Workload, World, waits};
use crate::catalog::Key;
use crate::cluster::backends::Backends;
use crate::cluster::pods::Brief;
use crate::cluster::signal::{Kind, Object, Signal};
use crate::cluster::tracks::What;
use crate::scores;

impl World {
    /// Takes a signal in; whether a look would see something else now.
    pub(in crate::cluster) fn take(&mut self, signal: Signal) -> bool {
        if !matches!(signal, Signal::Is(Kind::Pod | Kind::ReplicaSet | Kind::Backends, ..)) {
            self.edition += 1;
        }
        match signal {
            Signal::Begins(kind) => {
                self.listing.insert(kind, BTreeSet::new());
                false
            }
            Signal::Listed(kind) => {
                let there = self.listing.remove(&kind).unwrap_or_default();
                let gone: Vec<Key> = self.keys(kind).filter(|key| !there.contains(*key)).cloned().collect();
                for key in &gone {
                    self.remove(kind, key);
                }
                self.listed.insert(kind) || !gone.is_empty()
            }
            Signal::Is(kind, key, object) => {
                if let Some(listing) = self.listing.get_mut(&kind) {
                    listing.insert(key.clone());
                } else {
                    // An object that could not be read interrupts a watch that goes on.
                    self.failed.remove(&kind);
                }
                self.insert(key, object)
            }
            Signal::Gone(kind, key) => {
                let is_news = match kind {
                    Kind::ReplicaSet => false,
                    Kind::Pod => self.pods.get(&key).is_some_and(|pod| self.is_ours(&key, pod)),
                    Kind::Backends => {
                        self.backends.get(&key).is_some_and(|old| self.leads_to_ours(&key, old))
                    }
                    Kind::Canary
                    | Kind::CanaryConfig
                    | Kind::FeatureFlag
                    | Kind::Deployment
                    | Kind::Service
                    | Kind::EndpointSlice => true,
                };
                self.remove(kind, &key);
                is_news
            }
            Signal::Failed(kind, error) => self.failed.insert(kind, error.clone()) != Some(error),
            Signal::Resumed(kind) => self.failed.remove(&kind).is_some(),
        }
    }

    fn insert(&mut self, key: Key, object: Object) -> bool {
        match object {
            Object::Canary(canary) if self.canaries.get(&key).is_some_and(|old| is_newer(old, &canary)) => {
                false
            }
            Object::Canary(canary) => {
                let mended = self.unreadable.remove(&key).is_some();
                self.strays.remove(&key);
                let known = |canary: &Canary| {
                    let meta = &canary.metadata;
                    let command =
                        meta.annotations.as_ref().and_then(|annotations| annotations.get(COMMAND).cloned());
                    (meta.uid.clone(), meta.generation, meta.deletion_timestamp.is_some(), command)
                };
                let now = known(&canary);
                let before = self.canaries.insert(key, Arc::from(canary));
                before.as_deref().map(known) != Some(now) || mended
            }
            Object::Invalid(invalid) => self.see_invalid(key, *invalid),
            Object::CanaryConfig(config) => {
                let read = scores::read(&config).map(Arc::new);
                let before = self.configs.insert(key, read.clone());
                before != Some(read)
            }
            Object::FeatureFlag(flag) => {
                // Its status is the controller's own.
                let known = |flag: &FeatureFlag| (flag.metadata.uid.clone(), flag.spec.clone());
                let now = known(&flag);
                let before = self.flags.insert(key, Arc::from(flag));
                before.as_deref().map(known) != Some(now)
            }
            Object::Deployment(deployment) => self.see_deployment(key, *deployment),
            Object::Service(service) => self.see_service(key, *service),
            Object::ReplicaSet(set) => {
                let deployment = set.deployment.as_ref().map(|name| key.sibling(name.as_str()));
                let is_news = self.sets.get(&key) != Some(&set)
                    && deployment.is_some_and(|deployment| self.releases_template_of(&deployment));
                self.edition += u64::from(is_news);
                self.sets.insert(key, set);
                is_news
            }
            Object::Pod(pod) => {
                let is_news = self.pods.get(&key) != Some(&pod);
                let is_ours = self.is_ours(&key, &pod);
                self.pods.insert(key, pod);
                is_news && is_ours
            }
            Object::EndpointSlice(slice) => {
                let is_news = self.slices.get(&key).map(|old| &old.endpoints) != Some(&slice.endpoints);
                self.slices.insert(key, *slice);
                is_news
            }
            Object::Backends(backends) => {
                let is_news = self.backends.get(&key) != Some(&backends);
                let is_ours = self.leads_to_ours(&key, &backends);
                self.backends.insert(key, backends);
                is_news && is_ours
            }
        }
    }

    /// A Canary cannot be read.
    fn see_invalid(&mut self, key: Key, invalid: InvalidObject) -> bool {
        let InvalidObject { error, metadata } = invalid;
        let old = self.canaries.get_mut(&key);
        if let Some(old) = old.filter(|_| metadata.deletion_timestamp.is_some()) {
            Arc::make_mut(old).metadata = metadata;
        } else if waits(&metadata) {
            self.strays.insert(key.clone(), metadata);
        } else {
            self.strays.remove(&key);
        }
        self.unreadable.insert(key, error.clone()) != Some(error)
    }

    /// A Deployment is there, or different. Its status is nothing that a look asks for.
    pub(in crate::cluster) fn see_deployment(&mut self, key: Key, deployment: Deployment) -> bool {
        let asked = |deployment: &Deployment| {
            (
                deployment.metadata.annotations.clone(),
                deployment.metadata.labels.clone(),
                deployment.spec.clone(),
            )
        };
        let matters = self.releases(&key) || is_labelled(&deployment.metadata);
        let is_news = matters && self.deployment(&key).map(asked) != Some(asked(&deployment));
        self.edition += 1;
        self.deployments.insert(key, Workload::new(deployment));
        is_news
    }

    /// A Service is there, or different.
    pub(in crate::cluster) fn see_service(&mut self, key: Key, service: Service) -> bool {
        let matters = self.splits(&key) || is_labelled(&service.metadata);
        let is_news = matters && self.services.get(&key).map(|old| &old.spec) != Some(&service.spec);
        self.edition += 1;
        self.services.insert(key, Arc::new(service));
        is_news
    }

    /// What had this uid is deleted. Another one of its name stays.
    pub(in crate::cluster) fn see_deleted(&mut self, what: What, key: &Key, uid: Option<&str>) {
        let (kind, there) = match what {
            What::Deployment => (Kind::Deployment, self.deployment(key).map(|object| &object.metadata.uid)),
            What::Service => (Kind::Service, self.service(key).map(|object| &object.metadata.uid)),
        };
        if there.is_some_and(|there| there.as_deref() == uid) {
            self.edition += 1;
            self.remove(kind, key);
        }
    }

    /// Whether a Canary releases this Deployment.
    fn releases(&self, deployment: &Key) -> bool {
        let of =
            |(key, canary): (&Key, &Arc<Canary>)| key.sibling(&canary.spec.target_ref.name) == *deployment;
        self.canaries.iter().any(of)
    }

    /// Whether a Canary releases this Deployment by its template.
    fn releases_template_of(&self, deployment: &Key) -> bool {
        let of = |(key, canary): (&Key, &Arc<Canary>)| {
            canary.spec.release_on == ReleaseOn::PodTemplate
                && key.sibling(&canary.spec.target_ref.name) == *deployment
        };
        self.canaries.iter().any(of)
    }

    /// Whether a Canary splits the requests of this Service.
    fn splits(&self, service: &Key) -> bool {
        self.canaries.iter().any(|(key, canary)| key.sibling(&canary.spec.service) == *service)
    }

    /// Whether a slice is one of a Service that a Canary splits, or that was made for one.
    fn leads_to_ours(&self, key: &Key, backends: &Backends) -> bool {
        let service = backends.service.as_ref().map(|service| key.sibling(service.as_str()));
        service.is_some_and(|service| {
            self.splits(&service)
                || self.service(&service).is_some_and(|service| is_labelled(&service.metadata))
        })
    }

    /// Whether a pod is one of a Deployment that a Canary releases.
    fn is_ours(&self, key: &Key, pod: &Brief) -> bool {
        self.pod(key, pod).is_some_and(|pod| self.releases(&pod.deployment))
    }
}

/// Whether a Canary was read later than `other`, which a watch that is behind still tells. Versions are numbers that grow.
fn is_newer(read: &Canary, other: &Canary) -> bool {
    let version = |canary: &Canary| canary.metadata.resource_version.as_ref()?.parse::<u64>().ok();
    read.metadata.uid == other.metadata.uid && version(read) > version(other) && version(other).is_some()
}

fn is_labelled(meta: &ObjectMeta) -> bool {
    meta.labels.as_ref().is_some_and(|labels| labels.contains_key(CANARY_LABEL))
}
