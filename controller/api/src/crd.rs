//! The CustomResourceDefinitions of Weir's own resources.

use kube::CustomResourceExt;
use serde_json::Value;

use crate::{
    Canary, CanaryConfig, FeatureFlag, Freeze, LocalImage, Pipeline, PipelineRun, PipelineTemplate, yaml,
};

mod rules;

/// What stands above the definitions, for whoever opens the file.
const HEAD: &str =
    "# Generated: `cargo run -p weir-api --bin crdgen > manifests/crd/weir.dev.yaml`. Do not edit.\n";

/// The definitions as one YAML text, Canary first; the same for every run.
#[must_use]
pub fn yaml() -> String {
    let mut text = HEAD.to_owned();
    let releases = [Canary::crd(), CanaryConfig::crd(), FeatureFlag::crd(), LocalImage::crd()];
    let pipelines = [Pipeline::crd(), PipelineTemplate::crd(), PipelineRun::crd(), Freeze::crd()];
    for crd in releases.into_iter().chain(pipelines) {
        let mut value = serde_json::to_value(crd).unwrap_or_default();
        drop_unknown_formats(&mut value);
        if value.pointer("/spec/names/kind").is_some_and(|kind| kind == "Canary") {
            // The test of the rules says which have no place.
            let _none = rules::add(&mut value);
        }
        text += &yaml::of(&value);
    }
    text
}

/// The API server warns of every format that it does not know, such as Rust's unsigned integers; `minimum: 0` says the same.
fn drop_unknown_formats(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.remove("format");
            }
            fields.values_mut().for_each(drop_unknown_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unknown_formats),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
