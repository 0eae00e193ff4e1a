//! Every annotation, label and constant name that Weir reads or writes in Kubernetes objects, once.

/// API group of Weir's own resources.
pub const GROUP: &str = "weir.dev";
/// Version of Weir's own resources.
pub const VERSION: &str = "v1alpha1";
/// Prefix of every annotation and label of ours.
pub const PREFIX: &str = "weir.dev/";

/// Annotation on a Service: name of the Service whose endpoints are its canary.
pub const CANARY_SERVICE: &str = "weir.dev/canary-service";
/// Annotation on a Service: name of the Service whose endpoints are its baseline.
pub const BASELINE_SERVICE: &str = "weir.dev/baseline-service";
/// Annotation on a Service: share of the canary in percent.
pub const CANARY_WEIGHT: &str = "weir.dev/canary-weight";
/// Annotation on a Service: share of the baseline in percent.
pub const BASELINE_WEIGHT: &str = "weir.dev/baseline-weight";
/// Annotation on a Service: name of the request header that forces a track.
pub const CANARY_HEADER: &str = "weir.dev/canary-header";
/// Annotation on a Service: the value of that header which means canary.
pub const CANARY_HEADER_VALUE: &str = "weir.dev/canary-header-value";
/// Annotation on a Service: name of the cookie that forces a track.
pub const CANARY_COOKIE: &str = "weir.dev/canary-cookie";
/// Annotation on a Service: what identifies a user who is to stay on one track: `cookie`, `cookie:NAME`, `header:NAME` or `address`.
pub const STICKY: &str = "weir.dev/sticky";

/// Every annotation that a Service may carry.
pub const SERVICE_ANNOTATIONS: [&str; 8] = [
    CANARY_SERVICE,
    BASELINE_SERVICE,
    CANARY_WEIGHT,
    BASELINE_WEIGHT,
    CANARY_HEADER,
    CANARY_HEADER_VALUE,
    CANARY_COOKIE,
    STICKY,
];

/// Label on Services, EndpointSlices, workloads and pods that Weir makes: the track ([`crate::Track::as_str`]).
pub const TRACK_LABEL: &str = "weir.dev/track";
/// Label on what Weir makes: the Canary that it belongs to.
pub const CANARY_LABEL: &str = "weir.dev/canary";
/// Label on EndpointSlices: revision of the pods behind it. Histograms are kept apart by it.
pub const REVISION_LABEL: &str = "weir.dev/revision";
/// Label that ties an EndpointSlice to its Service (Kubernetes' own).
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";
/// Annotation on a Deployment whose image Weir changed: the image that Weir set.
pub const SET_IMAGE: &str = "weir.dev/set-image";
/// Annotation beside [`SET_IMAGE`]: the image that the Deployment's own manifest names.
pub const WORKLOAD_IMAGE: &str = "weir.dev/workload-image";
/// Annotation on a Canary: what somebody asks of its release ([`crate::command::Request`]).
pub const COMMAND: &str = "weir.dev/command";
/// Finalizer of a Canary whose release is in progress: before it goes, stable gets everything, and runs what it ran. At rest a Canary has none.
pub const FINALIZER: &str = "weir.dev/release";
/// Server-side apply field manager of the controller.
pub const FIELD_MANAGER: &str = "weir-controller";
/// `spec.controller` of the IngressClasses that Weir serves.
pub const INGRESS_CONTROLLER: &str = "weir.dev/ingress-controller";
/// Name of the cookie that Weir sets for `sticky: cookie` where the user names none.
pub const STICKY_COOKIE: &str = "weir-user";

/// Whether this can be the name of a header or a cookie (RFC 9110 section 5.6.2 `token`); every valid Kubernetes name can.
#[must_use]
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The known name that `unknown` was most likely meant to be, if any is near enough to be worth saying.
#[must_use]
pub fn nearest<'n>(unknown: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(unknown.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{CANARY_WEIGHT, SERVICE_ANNOTATIONS, nearest};

    #[test]
    fn a_typo_finds_the_name_that_was_meant() {
        assert_eq!(nearest("weir.dev/canary-wieght", SERVICE_ANNOTATIONS), Some(CANARY_WEIGHT));
        assert_eq!(nearest("x", SERVICE_ANNOTATIONS), None);
    }
}
