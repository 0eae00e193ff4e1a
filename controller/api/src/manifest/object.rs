//! One object of a manifest, and what tells it from every other.

use std::fmt;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{Canary, CanaryConfig, CanaryStatus, FeatureFlag, LocalImage, names};

/// One object of a manifest. `metadata.name` is there, and `metadata.namespace` of namespaced kinds (`default` where the text has none).
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `networking.k8s.io/v1` Ingress.
    Ingress(Box<Ingress>),
    /// `v1` Secret.
    Secret(Box<Secret>),
    /// `v1` ConfigMap.
    ConfigMap(Box<ConfigMap>),
    /// `v1` Service.
    Service(Box<Service>),
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice(Box<EndpointSlice>),
    /// `apps/v1` Deployment.
    Deployment(Box<Deployment>),
    /// `weir.dev/v1alpha1` Canary.
    Canary(Box<Canary>),
    /// A Canary with a status and no spec: what the controller of the standalone mode writes.
    CanaryStatus {
        /// Namespace of the Canary.
        namespace: String,
        /// Name of the Canary.
        name: String,
        /// Its status.
        status: Box<CanaryStatus>,
    },
    /// `weir.dev/v1alpha1` CanaryConfig.
    CanaryConfig(Box<CanaryConfig>),
    /// `weir.dev/v1alpha1` FeatureFlag.
    FeatureFlag(Box<FeatureFlag>),
    /// `weir.dev/v1alpha1` LocalImage.
    LocalImage(Box<LocalImage>),
    /// A kind that Weir does not read. Not a problem: manifests hold much more than what concerns Weir.
    Other {
        /// `apiVersion` as written.
        api_version: String,
        /// `kind` as written.
        kind: String,
        /// `metadata.namespace` as written: whether the kind has namespaces at all is not known here.
        namespace: Option<String>,
        /// `metadata.name`; empty where there is none.
        name: String,
    },
}

/// What tells an object from every other: group, kind, namespace and name. Its text form is `Ingress shop/api`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind; `CanaryStatus` for a Canary document that has a status only.
    pub kind: String,
    /// Namespace; `None` for kinds without.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl Object {
    /// What tells this object from every other.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        let of = |group: &str, kind: &str, meta: &ObjectMeta| ObjectKey {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone().unwrap_or_default(),
        };
        match self {
            Self::Ingress(object) => of("networking.k8s.io", "Ingress", &object.metadata),
            Self::Secret(object) => of("", "Secret", &object.metadata),
            Self::ConfigMap(object) => of("", "ConfigMap", &object.metadata),
            Self::Service(object) => of("", "Service", &object.metadata),
            Self::EndpointSlice(object) => of("discovery.k8s.io", "EndpointSlice", &object.metadata),
            Self::Deployment(object) => of("apps", "Deployment", &object.metadata),
            Self::Canary(object) => of(names::GROUP, "Canary", &object.metadata),
            Self::CanaryStatus { namespace, name, .. } => ObjectKey {
                group: names::GROUP.to_owned(),
                kind: "CanaryStatus".to_owned(),
                namespace: Some(namespace.clone()),
                name: name.clone(),
            },
            Self::CanaryConfig(object) => of(names::GROUP, "CanaryConfig", &object.metadata),
            Self::FeatureFlag(object) => of(names::GROUP, "FeatureFlag", &object.metadata),
            Self::LocalImage(object) => {
                ObjectKey { namespace: None, ..of(names::GROUP, "LocalImage", &object.metadata) }
            }
            Self::Other { api_version, kind, namespace, name } => ObjectKey {
                group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
                kind: kind.clone(),
                namespace: namespace.clone(),
                name: name.clone(),
            },
        }
    }
}
