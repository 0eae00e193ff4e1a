//! The objects that the controller reads, by name. Pure.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use serde::{Deserialize, Serialize};
use weir_api::manifest::{Located, Object, Problem};
use weir_api::{Canary, LocalImageSpec};

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

    /// Another name in the same namespace.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self::new(self.namespace.clone(), name)
    }

    fn of(meta: &kube::core::ObjectMeta) -> Self {
        let namespace = meta.namespace.as_deref().unwrap_or("default");
        Self::new(namespace, meta.name.clone().unwrap_or_default())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Everything that the controller reads, at one instant.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Deployments.
    pub deployments: BTreeMap<Key, Deployment>,
    /// Services.
    pub services: BTreeMap<Key, Service>,
    /// Canaries. Their status is the controller's own and not read from here.
    pub canaries: BTreeMap<Key, Canary>,
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
                self.deployments.insert(Key::of(&deployment.metadata), *deployment);
            }
            Object::Service(service) => {
                self.services.insert(Key::of(&service.metadata), *service);
            }
            Object::Canary(canary) => {
                self.canaries.insert(Key::of(&canary.metadata), *canary);
            }
            Object::LocalImage(image) => {
                self.images.insert(image.spec.image.clone(), image.spec);
            }
            Object::Ingress(_)
            | Object::Secret(_)
            | Object::EndpointSlice(_)
            | Object::CanaryStatus { .. }
            | Object::Other { .. } => {}
        }
    }

    /// The Services of a namespace whose selector takes pods with these labels.
    pub fn services_of<'c>(
        &'c self,
        namespace: &'c str,
        labels: &'c BTreeMap<String, String>,
    ) -> impl Iterator<Item = (&'c Key, &'c Service)> {
        self.services.iter().filter(move |(key, service)| {
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
            key.namespace == namespace
                && selector.is_some_and(|selector| {
                    !selector.is_empty()
                        && selector.iter().all(|(name, value)| labels.get(name) == Some(value))
                })
        })
    }
}
