//! The objects that the controller reads, by name. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{PodTemplateSpec, Service};
use kube::core::ObjectMeta;
use serde::{Deserialize, Serialize};
use weir_api::manifest::{Located, Object, Problem};
use weir_api::{Canary, FeatureFlag, LocalImageSpec};
use weir_judge::netflix::config::{CanaryConfig, ConfigError};

use crate::scores;

/// Namespace and name; its text form is `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// A key of two names.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// A key as it is displayed: `namespace/name`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once('/')?;
        Some(Self::new(namespace, name))
    }

    /// Another name in the same namespace.
    pub(crate) fn sibling(&self, name: impl Into<String>) -> Self {
        Self::new(self.namespace.clone(), name)
    }

    pub(crate) fn of(meta: &ObjectMeta) -> Self {
        let namespace = meta.namespace.as_deref().unwrap_or("default");
        Self::new(namespace, meta.name.clone().unwrap_or_default())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Templates that pods of one Deployment have or had, by revision.
pub type Templates = BTreeMap<String, Template>;

/// A template that pods have or had.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The template.
    pub template: Arc<PodTemplateSpec>,
    /// Whether there are pods of it, or are to be.
    pub has_pods: bool,
}

/// A canary config, or why it cannot be judged by.
pub type Config = Result<Arc<CanaryConfig>, ConfigError>;

/// Everything that the controller reads, at one instant. Objects are shared with where they are kept: a catalog is made for each change.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Deployments.
    pub deployments: BTreeMap<Key, Arc<Deployment>>,
    /// Services.
    pub services: BTreeMap<Key, Arc<Service>>,
    /// Canaries. Their status is the controller's own, and only read from here by the store whose state lies in it.
    pub canaries: BTreeMap<Key, Arc<Canary>>,
    /// Canaries that are there and cannot be read: what belongs to them stays.
    pub unreadable: BTreeSet<Key>,
    /// Canaries that could never be read, are being deleted and wait for this controller.
    pub strays: BTreeMap<Key, ObjectMeta>,
    /// Templates that pods have or had, by Deployment and revision, of Deployments that are released by their template.
    pub templates: BTreeMap<Key, Templates>,
    /// Canary configs, or why they cannot be judged by.
    pub configs: BTreeMap<Key, Config>,
    /// Feature flags. Their status is read as that of Canaries is.
    pub flags: BTreeMap<Key, Arc<FeatureFlag>>,
    /// What image names run as where there is no container runtime.
    pub images: BTreeMap<String, LocalImageSpec>,
    /// What is wrong with the manifests, for people.
    pub problems: Vec<String>,
}

impl Catalog {
    /// Sorts objects by kind and name.
    #[must_use]
    pub fn new(objects: impl IntoIterator<Item = Located>, problems: &[Problem]) -> Self {
        let mut catalog =
            Self { problems: problems.iter().map(ToString::to_string).collect(), ..Self::default() };
        for Located { object, .. } in objects {
            catalog.insert(object);
        }
        catalog
    }

    fn insert(&mut self, object: Object) {
        match object {
            Object::Deployment(deployment) => {
                self.deployments.insert(Key::of(&deployment.metadata), Arc::from(deployment));
            }
            Object::Service(service) => {
                self.services.insert(Key::of(&service.metadata), Arc::from(service));
            }
            Object::Canary(canary) => {
                self.canaries.insert(Key::of(&canary.metadata), Arc::from(canary));
            }
            Object::CanaryConfig(config) => {
                self.configs.insert(Key::of(&config.metadata), scores::read(&config).map(Arc::new));
            }
            Object::FeatureFlag(flag) => {
                self.flags.insert(Key::of(&flag.metadata), Arc::from(flag));
            }
            Object::LocalImage(image) => {
                self.images.insert(image.spec.image.clone(), image.spec);
            }
            Object::Ingress(_)
            | Object::Secret(_)
            | Object::ConfigMap(_)
            | Object::EndpointSlice(_)
            | Object::CanaryStatus { .. }
            | Object::Other { .. } => {}
        }
    }

    /// The Services of a namespace whose selector takes pods with these labels.
    pub(crate) fn services_of<'c>(
        &'c self,
        namespace: &'c str,
        labels: &'c BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'c Key> {
        let selects = move |(key, service): &(&'c Key, &'c Arc<Service>)| {
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
            key.namespace == namespace
                && selector.is_some_and(|selector| {
                    !selector.is_empty()
                        && selector.iter().all(|(name, value)| labels.get(name) == Some(value))
                })
        };
        self.services.iter().filter(selects).map(|(key, _)| key)
    }
}
