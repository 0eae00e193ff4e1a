//! Single objects of a cluster.

use serde_json::{Map, Value, json};

use super::{Mapped, Work};
use crate::part::Part;
use crate::report::Report;

/// Kinds by the names that Spinnaker gives them.
const KINDS: [&str; 18] = [
    "ClusterRole",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

/// An object that a stage is about.
struct Object {
    kind: String,
    name: String,
    namespace: Option<String>,
}

impl Object {
    /// By `manifestName` and `location`, as `mode: static` has them.
    fn of(part: &Part<'_>, to: &str, report: &mut Report) -> Result<Self, String> {
        let mode = part.text("mode").unwrap_or_else(|| "static".to_owned());
        if mode != "static" {
            return Err(format!(
                "objects by the mode {mode:?} are not known before the run: name the object itself"
            ));
        }
        if part.get("mode").is_some() {
            report.mapped(part.at("mode"), to);
        }
        let named = part.text("manifestName").or_else(|| part.text("manifest")).unwrap_or_default();
        let Some((kind, name)) = named.trim().split_once(' ').filter(|(kind, _)| !kind.contains("${")) else {
            return Err(format!("{named:?} is no kind and name of an object: name it itself"));
        };
        let bare = kind.split('.').next().unwrap_or(kind);
        let known = KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(bare));
        let kind = known.map_or_else(|| bare.to_owned(), str::to_owned);
        if !kind.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            return Err(format!(
                "the kind {kind:?} is not known: write it as manifests have it, with its apiVersion"
            ));
        }
        let key = if part.get("manifestName").is_some() { "manifestName" } else { "manifest" };
        report.mapped(part.at(key), to);
        let namespace = part.text("location");
        if namespace.is_some() {
            report.mapped(part.at("location"), "namespace");
        }
        part.needless(&["cloudProvider"], "there is Kubernetes only", report);
        part.needless(
            &["kind", "app", "cluster", "criteria", "moniker", "isNew"],
            "manifestName says which object",
            report,
        );
        Ok(Self { kind, name: name.trim().to_owned(), namespace })
    }

    /// A Deployment's fields.
    fn deployment(self) -> Result<Map<String, Value>, String> {
        if self.kind != "Deployment" {
            return Err(format!(
                "it is about a {}, and only Deployments are known here: run `kubectl` in a `step`",
                self.kind
            ));
        }
        let mut fields = Map::from_iter([("deployment".to_owned(), self.name.into())]);
        fields.extend(self.namespace.map(|namespace| ("namespace".to_owned(), namespace.into())));
        Ok(fields)
    }
}

/// A `scaleManifest`.
pub(super) fn scale(part: &Part<'_>, report: &mut Report) -> Mapped {
    let mut fields = Object::of(part, "scale.deployment", report)?.deployment()?;
    let replicas = match (part.whole("replicas"), part.text("replicas")) {
        (Some(replicas), _) => replicas.into(),
        (None, Some(text)) if text.contains("${") => Value::from(text),
        _ => return Err("it does not say how many replicas: give `scale.replicas`".to_owned()),
    };
    fields.insert("replicas".to_owned(), replicas);
    fields.insert("within".to_owned(), super::deploy::WITHIN.into());
    report.mapped(part.at("replicas"), "scale.replicas");
    Ok(Work::new("scale", Value::Object(fields)))
}

/// An `undoRolloutManifest`.
pub(super) fn undo(part: &Part<'_>, report: &mut Report) -> Mapped {
    let mut fields = Object::of(part, "undo.deployment", report)?.deployment()?;
    if let Some(back) = part.text("numRevisionsBack") {
        if back != "1" {
            return Err(format!(
                "it goes {back} revisions back, and `undo` goes one back, or to a `revision`: give that"
            ));
        }
        report.mapped(part.at("numRevisionsBack"), "undo");
    }
    if let Some(revision) = part.whole("revision") {
        fields.insert("revision".to_owned(), revision.into());
        report.mapped(part.at("revision"), "undo.revision");
    }
    fields.insert("within".to_owned(), super::deploy::WITHIN.into());
    Ok(Work::new("undo", Value::Object(fields)))
}

/// A `findArtifactFromResource`.
pub(super) fn find(part: &Part<'_>, report: &mut Report) -> Mapped {
    let fields = Object::of(part, "findImage.deployment", report)?.deployment()?;
    Ok(Work::new("findImage", Value::Object(fields)))
}

/// A `deleteManifest`.
pub(super) fn delete(part: &Part<'_>, report: &mut Report) -> Mapped {
    if part.part("labelSelectors").is_some_and(|selectors| selectors.get("selectors").is_some()) {
        return Err(
            "objects by labels are not known before the run: name them in `delete.objects`".to_owned()
        );
    }
    let Object { kind, name, namespace } = Object::of(part, "delete.objects", report)?;
    let mut object = Map::from_iter([("kind".to_owned(), kind.into()), ("name".to_owned(), name.into())]);
    object.extend(namespace.map(|namespace| ("namespace".to_owned(), namespace.into())));
    if let Some(options) = part.part("options") {
        if options.flag("cascading") == Some(false) || options.flag("orphanDependents") == Some(true) {
            return Err("what depends on the object goes with it here: run `kubectl delete --cascade=orphan` in a `step`".to_owned());
        }
        options.needless(
            &["cascading", "orphanDependents"],
            "what depends on the object goes with it",
            report,
        );
        options.by_hand(
            "gracePeriodSeconds",
            "the object's own is taken (`terminationGracePeriodSeconds`): give it there",
            report,
        );
    }
    part.needless(&["labelSelectors", "kinds"], "manifestName says which object", report);
    let fields = json!({"objects": [object], "within": super::deploy::WITHIN});
    Ok(Work::new("delete", fields))
}
