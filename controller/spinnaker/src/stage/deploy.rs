//! Manifests, applied.

use serde_json::{Map, Value};

use super::{Mapped, Work};
use crate::part::Part;
use crate::pipeline::Artifacts;
use crate::report::Report;

/// How long Spinnaker waits until objects are stable.
pub(super) const WITHIN: &str = "30m";

/// A `deployManifest`.
pub(super) fn deploy(part: &Part<'_>, artifacts: &Artifacts, report: &mut Report) -> Mapped {
    match part.text("source").as_deref() {
        None | Some("text") => {}
        Some(_) => {
            let what = "the manifest is an artifact: put it into the repository, with a `checkout` stage before, and name the file in `deploy.manifests`";
            return Err(what.to_owned());
        }
    }
    if part.part("trafficManagement").is_some_and(|traffic| traffic.flag("enabled") == Some(true)) {
        return Err(
            "it moves requests between ReplicaSets: a `release` with a Canary does that with Deployments"
                .to_owned(),
        );
    }
    let mut objects: Vec<Value> =
        part.items("manifests").into_iter().map(|(_, object)| object.clone()).collect();
    if objects.is_empty() {
        return Err("it has no manifests: give `deploy.objects`, or take the stage out".to_owned());
    }
    let mut fields = Map::new();
    let is_literal = part.flag("skipExpressionEvaluation") == Some(true);
    if is_literal {
        objects.iter_mut().for_each(quote);
        let why = "each ${ is written as ${'${'}: texts of a stage are always evaluated";
        report.changed(part.at("skipExpressionEvaluation"), "deploy.objects", why);
    }
    part.needless(&["skipExpressionEvaluation"], "it is not set", report);
    if let Some(namespace) = part.text("namespaceOverride") {
        objects.iter_mut().for_each(without_namespace);
        for manifest in part.parts("manifests") {
            if let Some(metadata) = manifest.part("metadata") {
                metadata.needless(&["namespace"], "namespaceOverride counts", report);
            }
        }
        fields.insert("namespace".to_owned(), namespace.into());
        let why = "the manifests name no namespace any more: only then `namespace` counts";
        report.changed(part.at("namespaceOverride"), "deploy.namespace", why);
    }
    fields.insert("objects".to_owned(), objects.into());
    report.mapped(part.at("manifests"), "deploy.objects");
    fields.insert("within".to_owned(), WITHIN.into());
    bound(part, artifacts, report)?;
    rest(part, report);
    Ok(Work::new("deploy", Value::Object(fields)))
}

/// Images that somebody else puts into the manifests: with the wrong one nothing must be deployed.
fn bound(part: &Part<'_>, artifacts: &Artifacts, report: &mut Report) -> Result<(), String> {
    if part.get("requiredArtifacts").is_some() || !artifacts.has_all_of(part) {
        let what = "artifacts that are not among the pipeline's images are bound into its manifests: write `deploy.images` with each image's name and its reference, as in `api: ${ trigger.image }`";
        return Err(what.to_owned());
    }
    if part.get("requiredArtifactIds").is_some() {
        report.mapped(part.at("requiredArtifactIds"), "spec.artifacts");
    }
    part.needless(&["requiredArtifactIds", "requiredArtifacts"], "it is empty", report);
    Ok(())
}

fn rest(part: &Part<'_>, report: &mut Report) {
    if part.get("source").is_some() {
        report.mapped(part.at("source"), "deploy.objects");
    }
    part.needless(&["cloudProvider"], "there is Kubernetes only", report);
    part.needless(
        &["moniker", "relationships"],
        "who applied an object is said by Weir's own labels",
        report,
    );
    part.needless(&["trafficManagement"], "it is not enabled", report);
    part.needless(
        &["manifestArtifactId", "manifestArtifactAccount", "manifestArtifact"],
        "the manifests stand in the stage",
        report,
    );
    if part.part("labelSelectors").is_some_and(|selectors| selectors.get("selectors").is_none()) {
        part.needless(&["labelSelectors", "allowNothingSelected"], "it selects nothing", report);
    }
    part.by_hand(
        "labelSelectors",
        "all manifests of the stage are applied: leave out those that the labels do not select",
        report,
    );
    part.needless(&["allowNothingSelected"], "it is about labelSelectors", report);
}

/// Writes `${` so that an expression says it.
fn quote(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace("${", "${'${'}"),
        Value::Array(items) => items.iter_mut().for_each(quote),
        Value::Object(fields) => {
            let quoted = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                quote(&mut value);
                (key.replace("${", "${'${'}"), value)
            });
            fields.extend(quoted);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without_namespace(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("namespace");
    }
}
