//! The kinds of objects that are watched.

use weir_routing::Named;

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    IngressClass,
    Ingress,
    Secret,
    ConfigMap,
    Service,
    EndpointSlice,
    Canary,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::IngressClass,
        Self::Ingress,
        Self::Secret,
        Self::ConfigMap,
        Self::Service,
        Self::EndpointSlice,
        Self::Canary,
    ];

    /// The kind of something that is named.
    pub(super) fn of(named: &Named) -> Self {
        match named {
            Named::Secret(_) => Self::Secret,
            Named::ConfigMap(_) => Self::ConfigMap,
        }
    }

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::IngressClass => "IngressClass",
            Self::Ingress => "Ingress",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Canary => "Canary",
        }
    }

    /// As kubectl names it.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::IngressClass => "ingressclasses",
            Self::Ingress => "ingresses",
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::Canary => "canaries",
        }
    }
}
