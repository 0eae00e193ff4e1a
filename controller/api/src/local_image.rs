//! What an image name runs as where there is no container runtime (standalone mode).
//!
//! It stands in for the image's own entry point and environment, so that the Deployment and every other manifest stay exactly what a
//! cluster would get.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The local program behind one image name. Standalone mode only; a cluster ignores it.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[kube(group = "weir.dev", version = "v1alpha1", kind = "LocalImage", derive = "PartialEq")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocalImageSpec {
    /// The image name as Deployments and Canaries write it, for example `featureflag:v1`.
    pub image: String,
    /// Program and arguments; `$(NAME)` is replaced by the container's environment, as Kubernetes does. A program name without a slash is
    /// looked for beside Weir's own programs, then on PATH.
    pub entrypoint: Vec<String>,
    /// Arguments of the image, where the container has none (an image's `CMD`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Program and arguments in front of what is run, be it the entry point or a container's own command: what changes to the root folder of
    /// an unpacked image, for example. Default: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// Environment of the image, under that of the container.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}
