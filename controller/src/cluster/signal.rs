//! What the watches say. Pure.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::core::error_boundary::InvalidObject;
use weir_api::{Canary, CanaryConfig, FeatureFlag};

use super::backends::Backends;
use super::pods::Brief;
use super::sets::Set;
use crate::catalog::Key;

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Canary,
    /// What metrics are judged by.
    CanaryConfig,
    FeatureFlag,
    Deployment,
    Service,
    ReplicaSet,
    Pod,
    /// Slices of the proxies.
    EndpointSlice,
    /// Slices of the Services that are released.
    Backends,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::Canary,
        Self::CanaryConfig,
        Self::FeatureFlag,
        Self::Deployment,
        Self::Service,
        Self::ReplicaSet,
        Self::Pod,
        Self::EndpointSlice,
        Self::Backends,
    ];

    /// As kubectl names it.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Canary => "canaries",
            Self::CanaryConfig => "canaryconfigs",
            Self::FeatureFlag => "featureflags",
            Self::Deployment => "deployments",
            Self::Service => "services",
            Self::ReplicaSet => "replicasets",
            Self::Pod => "pods",
            Self::EndpointSlice | Self::Backends => "endpointslices",
        }
    }
}

/// An object, or of a larger one what matters here.
#[derive(Debug)]
pub(super) enum Object {
    Canary(Box<Canary>),
    /// One that cannot be read, and why.
    Invalid(Box<InvalidObject>),
    CanaryConfig(Box<CanaryConfig>),
    FeatureFlag(Box<FeatureFlag>),
    Deployment(Box<Deployment>),
    Service(Box<Service>),
    ReplicaSet(Set),
    Pod(Brief),
    EndpointSlice(Box<EndpointSlice>),
    Backends(Backends),
}

/// What a watch says.
#[derive(Debug)]
pub(super) enum Signal {
    /// Every object follows.
    Begins(Kind),
    /// Every object has followed.
    Listed(Kind),
    /// An object is there, or different.
    Is(Kind, Key, Object),
    /// The object of this key is gone.
    Gone(Kind, Key),
    /// It was interrupted, and is tried again.
    Failed(Kind, String),
    /// It works again.
    Resumed(Kind),
}
