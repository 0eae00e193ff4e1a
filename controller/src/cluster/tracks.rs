//! The Deployment and the Service of a canary or a baseline, made of stable's. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{PodTemplateSpec, Service, ServicePort};
use kube::Resource;
use kube::core::ObjectMeta;
use serde_json::{Value, json};
use weir_api::names::{CANARY_LABEL, REVISION_LABEL};
use weir_api::{Canary, Track};

use super::labels::{Own, of_track};
use crate::catalog::Key;

/// One track of one Canary's release.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) canary: &'a Canary,
    pub(super) track: Track,
    pub(super) revision: &'a str,
}

/// What Weir makes and changes for a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Deployment,
    Service,
}

impl What {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::Service => "Service",
        }
    }
}

/// Name of what is made of `stable` for a track.
pub(super) fn beside(stable: &Key, track: Track) -> Key {
    stable.sibling(format!("{}-{track}", stable.name))
}

/// The Canary and track that an object was made for; `None`: Weir did not make it.
pub(super) fn made_for(meta: &ObjectMeta) -> Option<(&str, Track)> {
    let labels = meta.labels.as_ref()?;
    let (canary, track) = (labels.get(CANARY_LABEL)?, labels.get(weir_api::names::TRACK_LABEL)?);
    let owners = meta.owner_references.iter().flatten();
    let owned = owners.into_iter().any(|owner| {
        owner.kind == Canary::kind(&())
            && owner.api_version == Canary::api_version(&())
            && owner.name == *canary
    });
    if owned { Some((canary, track.parse().ok()?)) } else { None }
}

/// The revision that an object of ours was made for.
pub(super) fn revision(meta: &ObjectMeta) -> Option<&str> {
    meta.labels.as_ref()?.get(REVISION_LABEL).map(String::as_str)
}

impl Place<'_> {
    fn own(&self) -> Own<'_> {
        let canary = self.canary.metadata.name.as_deref().unwrap_or_default();
        Own { canary, track: self.track, revision: self.revision }
    }

    /// Whether this very Canary made an object, for this track.
    pub(super) fn made(&self, meta: &ObjectMeta) -> bool {
        let owners = meta.owner_references.iter().flatten();
        made_for(meta) == Some((self.own().canary, self.track))
            && owners.into_iter().any(|owner| Some(&owner.uid) == self.canary.metadata.uid.as_ref())
    }

    fn metadata(&self, key: &Key) -> Value {
        json!({
            "namespace": key.namespace,
            "name": key.name,
            "labels": self.own().labels().collect::<BTreeMap<_, _>>(),
            // With the Canary goes what it made, also where no controller runs any more.
            "ownerReferences": [{
                "apiVersion": Canary::api_version(&()),
                "kind": Canary::kind(&()),
                "name": self.canary.metadata.name,
                "uid": self.canary.metadata.uid,
                "controller": true,
            }],
        })
    }

    pub(super) fn deployment(&self, key: &Key, template: &PodTemplateSpec, replicas: u32) -> Value {
        json!({
            "apiVersion": Deployment::api_version(&()),
            "kind": Deployment::kind(&()),
            "metadata": self.metadata(key),
            "spec": {
                "replicas": replicas,
                "revisionHistoryLimit": 0,
                "selector": {"matchLabels": self.own().selector()},
                "template": template,
            },
        })
    }

    /// The template of its pods.
    pub(super) fn template(
        &self,
        stable: &PodTemplateSpec,
        told_apart_by: &BTreeMap<String, String>,
    ) -> PodTemplateSpec {
        let mut template = stable.clone();
        let metadata = template.metadata.get_or_insert_default();
        let labels = metadata.labels.take().unwrap_or_default();
        metadata.labels = Some(of_track(&labels, told_apart_by, &self.own()));
        template
    }

    /// The Service that leads to its pods.
    pub(super) fn service(&self, key: &Key, stable: &Service) -> Value {
        json!({
            "apiVersion": Service::api_version(&()),
            "kind": Service::kind(&()),
            "metadata": self.metadata(key),
            "spec": {"selector": self.own().selector(), "ports": ports(stable)},
        })
    }

    /// Whether a Service is what [`Self::service`] makes it.
    pub(super) fn is_as_made(&self, service: &Service, stable: &Service) -> bool {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone());
        revision(&service.metadata) == Some(self.revision)
            && selector == Some(self.own().selector())
            && ports(service) == ports(stable)
    }
}

/// A Service's ports, without those that are the node's.
fn ports(service: &Service) -> Vec<ServicePort> {
    let ports = service.spec.as_ref().and_then(|spec| spec.ports.clone()).unwrap_or_default();
    ports.into_iter().map(|port| ServicePort { node_port: None, ..port }).collect()
}
