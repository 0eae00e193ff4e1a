//! A feature flag, which may follow a release: the FeatureFlag resource.

use std::borrow::Cow;

use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::status::{Condition, Revision};

/// A flag as its user writes it: variants, rules, and which Canary they follow. `weir-flags` reads it, so that one with a mistake is told of as a whole,
/// and stops no other.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "FeatureFlag",
    namespaced,
    status = "FeatureFlagStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.message"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(transparent)]
pub struct FeatureFlagSpec {
    /// Every field, also those that nobody here knows: the status names them.
    pub document: Map<String, Value>,
}

impl JsonSchema for FeatureFlagSpec {
    fn schema_name() -> Cow<'static, str> {
        "FeatureFlagSpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A feature flag: key (default: the object's name), variants, defaultVariant, rules. A rule has conditions in `if`, and one of variant, rollout and follows. What is wrong with it is said by its status.",
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true
        })
    }
}

/// What the controller knows of a flag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeatureFlagStatus {
    /// `metadata.generation` of the spec that this status answers; absent in standalone mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What is served, or what is wrong, for people.
    #[serde(default)]
    pub message: String,
    /// What is remembered of the releases that it follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<FollowedStatus>,
    /// For programs that wait: `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// What a flag remembers of the releases of a Canary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowedStatus {
    /// The Canary, `namespace/name`.
    pub canary: String,
    /// Which of its releases, by their images; absent: whichever begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<String>,
    /// When the last release began that was over when the flag came to follow the Canary, or that was undone: neither it nor an earlier one is the flag's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// The release with which the variant came to everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted: Option<PromotedBy>,
}

/// A release with which a variant came to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotedBy {
    /// Its name; absent where only the image that production runs is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What production has run since.
    #[serde(flatten)]
    pub revision: Revision,
    /// What production ran before: where it goes back to that, the variant goes, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Revision>,
}
