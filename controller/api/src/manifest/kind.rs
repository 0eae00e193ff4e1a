//! Which kinds Weir reads, and what an `apiVersion` and `kind` beside those are.

use crate::names;

/// A kind that Weir reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ingress,
    Secret,
    ConfigMap,
    Service,
    EndpointSlice,
    Deployment,
    Canary,
    CanaryConfig,
    FeatureFlag,
    LocalImage,
}

/// What an `apiVersion` and `kind` stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A kind that Weir reads, in the version that it reads.
    Known(Kind),
    /// `List` or `IngressList`: the objects are its items.
    List,
    /// Neither ours nor a mistake that can be told.
    Other,
    /// A kind that Weir reads, in a version that is gone or never was.
    WrongVersion(Kind),
    /// Nothing has this kind; the known one that was most likely meant.
    WrongKind(Option<Kind>),
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Ingress,
        Self::Secret,
        Self::ConfigMap,
        Self::Service,
        Self::EndpointSlice,
        Self::Deployment,
        Self::Canary,
        Self::CanaryConfig,
        Self::FeatureFlag,
        Self::LocalImage,
    ];

    /// As in the field `kind`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Deployment => "Deployment",
            Self::Canary => "Canary",
            Self::CanaryConfig => "CanaryConfig",
            Self::FeatureFlag => "FeatureFlag",
            Self::LocalImage => "LocalImage",
        }
    }

    /// As in the field `apiVersion`.
    pub(super) fn api_version(self) -> &'static str {
        match self {
            Self::Ingress => "networking.k8s.io/v1",
            Self::Secret | Self::ConfigMap | Self::Service => "v1",
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::Deployment => "apps/v1",
            Self::Canary | Self::CanaryConfig | Self::FeatureFlag | Self::LocalImage => "weir.dev/v1alpha1",
        }
    }

    /// API group; empty for the core group.
    pub(super) fn group(self) -> &'static str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether its objects live in namespaces.
    pub(super) fn is_namespaced(self) -> bool {
        self != Self::LocalImage
    }

    /// Whether it is Weir's own: those are read strictly.
    pub(super) fn is_ours(self) -> bool {
        self.group() == names::GROUP
    }
}

/// What an `apiVersion` and `kind` stand for.
///
/// Groups of other projects may have a kind of the same name (Flagger's Canary, Knative's Service): those are none of ours. In
/// Kubernetes' own groups, and in Weir's, a known kind in another version is a mistake.
pub(super) fn classify(api_version: &str, kind: &str) -> Class {
    if kind == "List" && api_version == "v1" {
        return Class::List;
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
    let same_name = Kind::ALL.into_iter().find(|known| known.name() == kind);
    if let Some(known) = same_name {
        let mistyped = strsim::damerau_levenshtein(api_version, known.api_version()) <= 2;
        return match api_version == known.api_version() {
            true => Class::Known(known),
            false if mistyped || (kubernetes && !known.is_ours()) || group == known.group() => {
                Class::WrongVersion(known)
            }
            false => Class::Other,
        };
    }
    let here = |known: &Kind| known.api_version() == api_version;
    let items = kind.strip_suffix("List");
    if Kind::ALL.into_iter().any(|known| Some(known.name()) == items && here(&known)) {
        return Class::List;
    }
    let candidates: Vec<Kind> = Kind::ALL.into_iter().filter(here).collect();
    let meant = names::nearest(kind, candidates.iter().map(|known| known.name()));
    let meant = candidates.into_iter().find(|known| Some(known.name()) == meant);
    match meant {
        Some(_) => Class::WrongKind(meant),
        None if group == names::GROUP => Class::WrongKind(None),
        None => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Kind, classify};

    #[test]
    fn known_kinds_are_read_in_their_current_version_only() {
        for (api_version, kind, class) in [
            ("networking.k8s.io/v1", "Ingress", Class::Known(Kind::Ingress)),
            ("networking.k8s.io/v1beta1", "Ingress", Class::WrongVersion(Kind::Ingress)),
            ("extensions/v1beta1", "Ingress", Class::WrongVersion(Kind::Ingress)),
            ("config.openshift.io/v1", "Ingress", Class::Other),
            ("v1", "Service", Class::Known(Kind::Service)),
            ("v1", "ServiceList", Class::List),
            ("v1", "List", Class::List),
            ("serving.knative.dev/v1", "Service", Class::Other),
            ("v1", "Deployment", Class::WrongVersion(Kind::Deployment)),
            ("app/v1", "Deployment", Class::WrongVersion(Kind::Deployment)),
            ("apps/v1beta2", "Deployment", Class::WrongVersion(Kind::Deployment)),
            ("apps/v1", "StatefulSet", Class::Other),
            ("discovery.k8s.io/v1beta1", "EndpointSlice", Class::WrongVersion(Kind::EndpointSlice)),
            ("flagger.app/v1beta1", "Canary", Class::Other),
            ("weir.dev/v1", "Canary", Class::WrongVersion(Kind::Canary)),
            ("weir.dev/v1alpha1", "Canery", Class::WrongKind(Some(Kind::Canary))),
            ("weir.dev/v1alpha1", "CanaryConfig", Class::Known(Kind::CanaryConfig)),
            ("weir.dev/v1alpha1", "FeatureFlag", Class::Known(Kind::FeatureFlag)),
            ("weir.dev/v1alpha1", "Gate", Class::WrongKind(None)),
            ("v1", "service", Class::WrongKind(Some(Kind::Service))),
            ("v1", "Secret", Class::Known(Kind::Secret)),
            ("v1", "ConfigMap", Class::Known(Kind::ConfigMap)),
            ("v1", "ServiceAccount", Class::Other),
            ("networking.k8s.io/v1", "IngressClass", Class::Other),
            ("apps/v1", "ControllerRevision", Class::Other),
            ("monitoring.coreos.com/v1", "ServiceMonitor", Class::Other),
        ] {
            assert_eq!(classify(api_version, kind), class, "{api_version} {kind}");
        }
    }
}
