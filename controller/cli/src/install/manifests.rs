//! The manifests that this program carries, as objects for one installation. Pure.
//!
//! They are the files of `manifests`, read as kustomize reads them: a kustomization names files and folders, and tags of images. A test compares what comes
//! out with what kustomize and the chart make of the same files.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use weir_api::manifest;

macro_rules! carried {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../manifests/", $path)))),*]
    };
}

/// Paths and texts. What a kustomization names and is not here is an error that a test finds.
const FILES: &[(&str, &str)] = carried![
    "kustomization.yaml",
    "crd/kustomization.yaml",
    "crd/weir.dev.yaml",
    "base/kustomization.yaml",
    "base/namespace.yaml",
    "base/ingress-class.yaml",
    "base/service-account.yaml",
    "base/read.yaml",
    "base/secrets.yaml",
    "base/tell.yaml",
    "base/deployment.yaml",
    "base/service.yaml",
    "base/disruption.yaml",
    "controller/kustomization.yaml",
    "controller/service-account.yaml",
    "controller/read.yaml",
    "controller/release.yaml",
    "controller/deployment.yaml",
    "controller/disruption.yaml",
    "controller/lead.yaml",
    "controller/certificate.yaml",
    "controller/service.yaml",
    "controller/admission.yaml",
    "autoscaling/kustomization.yaml",
    "autoscaling/apis.yaml",
    "autoscaling/rights.yaml",
    "pipelines/kustomization.yaml",
    "pipelines/namespace.yaml",
    "pipelines/rights.yaml",
    "pipelines/runner.yaml",
    "components/network-policy/kustomization.yaml",
    "components/network-policy/network-policy.yaml",
    "components/collector/kustomization.yaml",
    "components/collector/collector.yaml",
    "components/flags/kustomization.yaml",
    "components/flags/service.yaml",
    "components/autoscaler/kustomization.yaml",
    "components/autoscaler/autoscaler.yaml",
    "components/monitoring/kustomization.yaml",
    "components/monitoring/monitors.yaml",
    "components/monitoring/rules.yaml",
    "components/monitoring/dashboard.json",
];

/// Namespace that the files name.
pub(crate) const NAMESPACE: &str = "weir-system";

/// Namespace of pipelines.
pub(super) const PIPELINES: &str = "weir-pipelines";

/// What is optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Extra {
    /// `NetworkPolicies`: nothing gets to Weir's pods, or from them, but what they need
    NetworkPolicy,
    /// Metrics that programs push, for releases that are judged by them: `weir collect`
    Collector,
    /// Feature flags that follow releases, for programs with `OpenFeature`: `http://weir-flags.NAMESPACE`
    Flags,
    /// Pipelines, from a push to an image in a registry, in the namespace `weir-pipelines`; it needs a volume
    Pipelines,
    /// As many proxies as their CPU time asks for; it needs the metrics API
    Autoscaler,
    /// Requests per second for autoscalers of yours: the external and the custom metrics API, which one program of a cluster can serve
    MetricsApi,
    /// `ServiceMonitor`, `PrometheusRule` and a Grafana dashboard; it needs Prometheus' operator
    Monitoring,
}

impl Extra {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::NetworkPolicy,
        Self::Collector,
        Self::Flags,
        Self::Pipelines,
        Self::Autoscaler,
        Self::MetricsApi,
        Self::Monitoring,
    ];

    const fn folder(self) -> &'static str {
        match self {
            Self::NetworkPolicy => "components/network-policy",
            Self::Collector => "components/collector",
            Self::Flags => "components/flags",
            Self::Pipelines => "pipelines",
            Self::Autoscaler => "components/autoscaler",
            Self::MetricsApi => "autoscaling",
            Self::Monitoring => "components/monitoring",
        }
    }
}

/// One installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Namespace of the programs.
    pub(crate) namespace: String,
    /// What stands before the names of the images; empty: nothing.
    pub(crate) registry: String,
    /// Tag of the images.
    pub(crate) version: String,
    /// What is optional.
    pub(crate) extras: Vec<Extra>,
}

/// The objects of an installation, in the order in which they are applied.
pub(crate) fn objects(wanted: &Wanted) -> Result<Vec<Value>> {
    let mut objects = folder(Path::new(""))?;
    for extra in &wanted.extras {
        objects.extend(folder(Path::new(extra.folder()))?);
        match extra {
            Extra::Autoscaler => leave_replicas(&mut objects),
            Extra::Flags => serve_flags(&mut objects),
            Extra::Monitoring => objects.push(dashboard()?),
            Extra::NetworkPolicy | Extra::Collector | Extra::Pipelines | Extra::MetricsApi => {}
        }
    }
    for object in &mut objects {
        move_to(object, &wanted.namespace);
        set_images(object, wanted);
    }
    // What others need comes first, and otherwise the order stays.
    objects.sort_by_key(|object| match object.get("kind").and_then(Value::as_str) {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        Some("ValidatingWebhookConfiguration") => 3,
        Some(_) | None => 2,
    });
    Ok(objects)
}

fn text(path: &Path) -> Result<&'static str> {
    let found = FILES.iter().find(|(name, _)| Path::new(name) == path);
    found
        .map(|(_, text)| *text)
        .with_context(|| format!("manifests/{} is not in this program", path.display()))
}

fn values(path: &Path) -> Result<Vec<Value>> {
    let values = manifest::values(&path.display().to_string(), text(path)?);
    values.map_err(|problem| {
        anyhow::anyhow!("manifests/{}:{}: {}", problem.file, problem.line, problem.message)
    })
}

/// What the kustomization of a folder names, but for what only components have.
fn folder(at: &Path) -> Result<Vec<Value>> {
    let file = at.join("kustomization.yaml");
    let Some(kustomization) = values(&file)?.into_iter().next() else {
        bail!("{}: is empty", file.display())
    };
    let mut objects = Vec::new();
    let resources = kustomization.get("resources").and_then(Value::as_array);
    for name in resources.into_iter().flatten().filter_map(Value::as_str) {
        let path = tidy(&at.join(name));
        if path.extension().is_some() {
            objects.extend(values(&path)?);
        } else {
            objects.extend(folder(&path)?);
        }
    }
    Ok(objects)
}

/// Without `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(tidied.pop()),
            Component::Normal(_) | Component::CurDir | Component::RootDir | Component::Prefix(_) => {
                tidied.push(part);
            }
        }
    }
    tidied
}

/// What the patch of the component says.
fn serve_flags(objects: &mut [Value]) {
    const ARGS: &str = "/spec/template/spec/containers/0/args";
    for object in objects.iter_mut().filter(|object| is(object, "Deployment", "weir-controller")) {
        if let Some(args) = object.pointer_mut(ARGS).and_then(Value::as_array_mut) {
            args.push("--ofrep=0.0.0.0:9905".into());
        }
    }
}

/// The autoscaler alone sets the number of proxies.
fn leave_replicas(objects: &mut [Value]) {
    for object in objects.iter_mut().filter(|object| is(object, "Deployment", "weir-proxy")) {
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove("replicas");
        }
    }
}

fn dashboard() -> Result<Value> {
    let json = text(Path::new("components/monitoring/dashboard.json"))?;
    Ok(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "weir-dashboard", "namespace": NAMESPACE, "labels": {"grafana_dashboard": "1"}},
        "data": {"weir.json": json},
    }))
}

/// Whether an object is of this kind.
pub(crate) fn is_a(object: &Value, kind: &str) -> bool {
    object.get("kind").is_some_and(|found| found == kind)
}

/// Whether an object is of this kind and name.
pub(crate) fn is(object: &Value, kind: &str, name: &str) -> bool {
    is_a(object, kind) && object.pointer("/metadata/name").is_some_and(|found| found == name)
}

fn move_to(object: &mut Value, namespace: &str) {
    let named = if is_a(object, "Namespace") { "/metadata/name" } else { "/metadata/namespace" };
    for pointer in [named, "/spec/service/namespace"] {
        // kube-system stays what it is.
        if let Some(own) = object.pointer_mut(pointer).filter(|own| **own == NAMESPACE) {
            *own = namespace.into();
        }
    }
    let below = |object: &mut Value, list: &str, pointer: &str| {
        for item in object.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(named) = item.pointer_mut(pointer).filter(|named| **named == NAMESPACE) {
                *named = namespace.into();
            }
        }
    };
    below(object, "subjects", "/namespace");
    below(object, "webhooks", "/clientConfig/service/namespace");
}

fn set_images(object: &mut Value, wanted: &Wanted) {
    let containers = object.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
    for image in containers.into_iter().flatten().filter_map(|container| container.get_mut("image")) {
        let name = image.as_str().unwrap_or_default();
        let registry = wanted.registry.trim_end_matches('/');
        let name = if registry.is_empty() { name.to_owned() } else { format!("{registry}/{name}") };
        *image = format!("{name}:{}", wanted.version).into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Extra, Wanted, objects};

    fn wanted() -> Wanted {
        Wanted {
            namespace: "edge".to_owned(),
            registry: "registry.example/weir/".to_owned(),
            version: "9".to_owned(),
            extras: Extra::ALL.to_vec(),
        }
    }

    #[test]
    fn everything_is_in_the_namespace_that_is_asked_for() {
        let objects = objects(&wanted()).unwrap();
        let text = serde_json::to_string(&objects).unwrap();
        assert!(!text.contains("weir-system"));
        assert!(text.contains("registry.example/weir/weir-proxy:9"));
        assert_eq!(objects[0]["metadata"]["name"], "edge");
        let binding =
            objects.iter().find(|object| super::is(object, "RoleBinding", super::PIPELINES)).unwrap();
        assert_eq!(binding["subjects"][0]["namespace"], super::PIPELINES, "pipelines stay in theirs");
        let proxy = objects.iter().find(|object| super::is(object, "Deployment", "weir-proxy")).unwrap();
        assert_eq!(proxy["spec"]["replicas"], Value::Null, "the autoscaler's");
    }
}
