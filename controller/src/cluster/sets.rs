//! What matters of a `ReplicaSet`: the template of a Deployment's pods, present or past. Pure.

use std::cell::OnceCell;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::template;

/// What matters of a `ReplicaSet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    /// Name of its Deployment, if it has one.
    pub(super) deployment: Option<String>,
    /// What its pods are called.
    pub(super) revision: String,
    template: Packed,
    /// Whether there are to be any.
    pub(super) has_pods: bool,
}

impl Set {
    pub(super) fn of(set: &ReplicaSet) -> Self {
        let owners = set.metadata.owner_references.iter().flatten();
        let deployment = owners.into_iter().find(|owner| owner.kind == "Deployment");
        let template = set.spec.as_ref().and_then(|spec| spec.template.clone()).map(|mut template| {
            // Kubernetes adds it to what the Deployment has.
            if let Some(labels) = template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
                labels.remove("pod-template-hash");
            }
            template
        });
        let has_pods = set.spec.as_ref().and_then(|spec| spec.replicas).is_some_and(|replicas| replicas > 0);
        Self {
            deployment: deployment.map(|owner| owner.name.clone()),
            revision: template.as_ref().map(|one| template::own_revision(one).revision).unwrap_or_default(),
            template: Packed::new(template.as_ref()),
            has_pods,
        }
    }

    /// The template of its pods, if it has one.
    pub(super) fn template(&self) -> Option<Arc<PodTemplateSpec>> {
        self.template.get()
    }
}

/// A template as JSON, which is a fifth of what it is otherwise: of ten sets for each Deployment it is hardly ever asked for. What is asked for is
/// asked for in each look, and stays.
#[derive(Clone, Debug)]
struct Packed {
    json: Box<str>,
    read: OnceCell<Option<Arc<PodTemplateSpec>>>,
}

impl Packed {
    fn new(template: Option<&PodTemplateSpec>) -> Self {
        let json = template.and_then(|template| serde_json::to_string(template).ok()).unwrap_or_default();
        Self { json: json.into(), read: OnceCell::new() }
    }

    fn get(&self) -> Option<Arc<PodTemplateSpec>> {
        self.read.get_or_init(|| serde_json::from_str(&self.json).ok()).clone()
    }
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for Packed {}
