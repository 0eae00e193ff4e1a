//! Pipelines, their templates and freezes as objects of a cluster: the documents that `weir pipeline` reads from files.

use std::borrow::Cow;

use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::status::Condition;

/// What a pipeline does and what starts it. It is read by who runs it, who says in the status what is wrong with it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "Pipeline",
    namespaced,
    derive = "PartialEq",
    status = "DefinitionStatus",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(transparent)]
pub struct PipelineSpec {
    /// Every field of the document.
    pub document: Map<String, Value>,
}

/// A pipeline with variables, which pipelines name. One of the same name as one that comes with Weir counts in its place.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "PipelineTemplate",
    namespaced,
    derive = "PartialEq",
    status = "DefinitionStatus",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(transparent)]
pub struct PipelineTemplateSpec {
    /// Every field of the document.
    pub document: Map<String, Value>,
}

/// When stages that change what runs do not begin, and those of which pipelines. It is read by who runs pipelines, who says in the status what is wrong with it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "weir.dev",
    version = "v1alpha1",
    kind = "Freeze",
    namespaced,
    derive = "PartialEq",
    status = "DefinitionStatus",
    printcolumn = r#"{"name":"Owner","type":"string","jsonPath":".spec.owner"}"#,
    printcolumn = r#"{"name":"From","type":"string","jsonPath":".spec.from"}"#,
    printcolumn = r#"{"name":"Until","type":"string","jsonPath":".spec.until"}"#,
    printcolumn = r#"{"name":"Why","type":"string","jsonPath":".spec.reason"}"#,
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"}"#,
    printcolumn = r#"{"name":"Reason","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message"}"#
)]
#[serde(transparent)]
pub struct FreezeSpec {
    /// Every field of the document.
    pub document: Map<String, Value>,
}

/// Whether a definition can be used: one that cannot leaves in force what the object said before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionStatus {
    /// `metadata.generation` of the spec that this status answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// An object with these fields, of which nothing more is said here.
fn document(description: &str, lists: &[&str], objects: &[&str], texts: &[&str]) -> Schema {
    let list = |name: &&str| {
        let items = json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        ((*name).to_owned(), json_schema!({"type": "array", "items": items}).to_value())
    };
    let object = |name: &&str| {
        let any = json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        ((*name).to_owned(), any.to_value())
    };
    let text = |name: &&str| ((*name).to_owned(), json_schema!({"type": "string"}).to_value());
    let properties = lists.iter().map(list).chain(objects.iter().map(object)).chain(texts.iter().map(text));
    json_schema!({
        "description": description,
        "type": "object",
        "properties": Value::Object(properties.collect()),
        // What is misspelt is told in the status, with what was meant: the API server would drop it without a word.
        "x-kubernetes-preserve-unknown-fields": true
    })
}

impl JsonSchema for PipelineSpec {
    fn schema_name() -> Cow<'static, str> {
        "PipelineSpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "What starts it and what it does: stages of its own, or those of a template. As in files of `weir pipeline`.";
        document(
            description,
            &["triggers", "parameters", "artifacts", "notifications", "stages"],
            &["template", "concurrency", "windows"],
            &["description", "timeZone", "timeout"],
        )
    }
}

impl JsonSchema for PipelineTemplateSpec {
    fn schema_name() -> Cow<'static, str> {
        "PipelineTemplateSpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        document("A pipeline with variables.", &["variables"], &["pipeline"], &["description"])
    }
}

impl JsonSchema for FreezeSpec {
    fn schema_name() -> Cow<'static, str> {
        "FreezeSpec".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "Why, whose, when, and for which pipelines of this namespace: all, where it names none. As in files of `weir pipeline`.";
        let texts = ["reason", "owner", "from", "until", "timeZone"];
        let mut schema = document(description, &["windows"], &[], &texts);
        let names = json_schema!({"type": "array", "items": {"type": "string"}}).to_value();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.extend(["pipelines", "except"].map(|key| (key.to_owned(), names.clone())));
        }
        schema
    }
}
