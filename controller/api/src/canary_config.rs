//! How metrics are judged: a canary config, as Kayenta and Spinnaker have it, as an object of a cluster.

use std::borrow::Cow;

use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The document that Kayenta stores, unchanged, as the `spec`: metrics with their queries, groups, weights, templates, classifier. A Canary names it in
/// `spec.analysis.metrics.canaryConfig`.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "CanaryConfig",
    namespaced,
    derive = "PartialEq",
    printcolumn = r#"{"name":"Judge","type":"string","jsonPath":".spec.judge.name"}"#,
    printcolumn = r#"{"name":"Description","type":"string","jsonPath":".spec.description"}"#
)]
#[serde(transparent)]
pub struct CanaryConfigSpec {
    /// Every field of the document, also those that nobody here knows: upstream ignores them, too.
    pub document: Map<String, Value>,
}

impl JsonSchema for CanaryConfigSpec {
    fn schema_name() -> Cow<'static, str> {
        "CanaryConfigSpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A canary config, as Kayenta and Spinnaker store it. What is wrong with it is said by the Canaries that name it.",
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true
        })
    }
}
