//! Dereference and validate: one Canary with everything that it names. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use weir_api::canary::ReleaseOn;
use weir_api::service::{Force, ServiceAnnotations};
use weir_api::status::Revision;
use weir_api::{Canary, CanarySpec};
use weir_judge::netflix::config::CanaryConfig;
use weir_rollout::{Policy, PolicyError};

use crate::catalog::{Catalog, Key, Templates};
use crate::fleet;
use crate::template;

/// One Canary with everything that it names.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// The Canary.
    pub(crate) key: Key,
    pub(crate) spec: CanarySpec,
    /// Its generation in the API server; `None` in standalone mode.
    pub(crate) generation: Option<i64>,
    /// Whether it is being deleted: then it wants nothing any more.
    pub(crate) is_deleted: bool,
    /// The spec, read.
    pub(crate) policy: Policy,
    /// The config that metrics are judged by, or why there is none; `None` where it names none.
    pub(crate) config: Option<Result<Arc<CanaryConfig>, String>>,
    /// `namespace/name` of the Service whose requests are split.
    pub(crate) service: String,
    /// Whether requests are drawn by weight alone: nothing at the Service keeps users on a track or names one.
    pub(crate) is_drawn: bool,
    /// The Deployment that is released.
    pub(crate) deployment: Key,
    pub(crate) template: PodTemplateSpec,
    /// Where a release is another template: those that pods have or had.
    pub(crate) templates: Option<Templates>,
    /// Image that the manifest names.
    pub(crate) image: String,
    /// Pods of the stable workload.
    pub(crate) replicas: u32,
}

/// Why a Canary cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SubjectError {
    /// A field of the spec.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The Deployment is not there.
    #[error("spec.targetRef.name: there is no Deployment {0}: add it, or name one that is there")]
    NoDeployment(Key),
    /// The Deployment has no container with an image.
    #[error(
        "spec.targetRef.name: Deployment {0} has no container with an image, so there is nothing to release"
    )]
    NoImage(Key),
    /// The Service is not there.
    #[error("spec.service: there is no Service {0}: add it, or name one that is there")]
    NoService(Key),
    /// Two Canaries release the same Deployment.
    #[error(
        "spec.targetRef.name: Deployment {deployment} is released by Canary {other} already; only the older one can do that"
    )]
    Taken {
        deployment: Key,
        /// The Canary that has it.
        other: Key,
    },
    /// Nobody tells which templates pods have.
    #[error("spec.releaseOn: podTemplate is for clusters: name what to release in spec.release")]
    NoTemplates,
    /// What runs the pods cannot release this Deployment behind this Service, for this reason.
    #[error("{0}")]
    Workloads(String),
    /// Two Canaries split the same Service.
    #[error(
        "spec.service: Service {service} is split by Canary {other} already; only the older one can do that"
    )]
    ServiceTaken {
        service: String,
        /// The Canary that has it.
        other: Key,
    },
}

impl Subject {
    /// Finds what a Canary names. `default_replicas` are the pods of a Deployment that leaves their number to an autoscaler.
    pub(crate) fn new(
        key: &Key,
        canary: &Canary,
        catalog: &Catalog,
        default_replicas: u32,
    ) -> Result<Self, SubjectError> {
        let is_deleted = canary.metadata.deletion_timestamp.is_some();
        let policy = Policy::parse(&canary.spec)?;
        let policy = if is_deleted { policy.hurried() } else { policy };
        let service = key.sibling(policy.service());
        let Some(found_service) = catalog.services.get(&service) else {
            return Err(SubjectError::NoService(service));
        };
        let deployment = key.sibling(&canary.spec.target_ref.name);
        let found = catalog.deployments.get(&deployment);
        let Some((found, spec)) = found.and_then(|found| Some((found, found.spec.as_ref()?))) else {
            return Err(SubjectError::NoDeployment(deployment));
        };
        let like = canary.spec.release.as_ref().map(|release| release.image.as_str());
        let Some(image) = template::image(&spec.template, like) else {
            return Err(SubjectError::NoImage(deployment));
        };
        Ok(Self {
            config: policy.metrics().map(|metrics| config(&key.sibling(&metrics.canary_config), catalog)),
            key: key.clone(),
            generation: canary.metadata.generation,
            spec: canary.spec.clone(),
            is_deleted,
            policy,
            is_drawn: found_service.metadata.annotations.as_ref().is_none_or(is_drawn),
            service: service.to_string(),
            replicas: fleet::stable_replicas(found, default_replicas),
            image: image.to_owned(),
            template: spec.template.clone(),
            templates: (canary.spec.release_on == ReleaseOn::PodTemplate)
                .then(|| catalog.templates.get(&deployment).cloned().unwrap_or_default()),
            deployment,
        })
    }

    /// The template of pods of this revision; `None`: it is not known any more.
    pub(crate) fn template_of(&self, revision: &Revision) -> Option<&PodTemplateSpec> {
        let Some(templates) = &self.templates else { return Some(&self.template) };
        let own = template::own_revision(&self.template);
        let known = || templates.get(&revision.revision).map(|known| &*known.template);
        if own == *revision { Some(&self.template) } else { known() }
    }
}

/// Whether no annotation of a Service keeps users on a track or lets a request name one. What is wrong with them, proxies say.
fn is_drawn(annotations: &BTreeMap<String, String>) -> bool {
    let (ServiceAnnotations { force, sticky, canary: _, baseline: _ }, _) =
        ServiceAnnotations::parse(annotations);
    sticky.is_none() && force == Force::default()
}

/// A config, or why it cannot be judged by.
fn config(key: &Key, catalog: &Catalog) -> Result<Arc<CanaryConfig>, String> {
    match catalog.configs.get(key) {
        Some(Ok(config)) => Ok(Arc::clone(config)),
        Some(Err(error)) => Err(format!("CanaryConfig {key}: spec.{error}")),
        None => Err(format!(
            "spec.analysis.metrics.canaryConfig: there is no CanaryConfig {key}: add it, or name one that is there"
        )),
    }
}
