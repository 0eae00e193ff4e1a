//! One object of a kind that Weir reads: its identity, its typed form, and what is wrong with either.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::Deserialize;

use super::kind::Kind;
use super::tree::{Node, Value};
use super::typed::{self, TypeFault, Unknown};
use super::{Object, ObjectKey, Origin, Problem, check};
use crate::CanaryStatus;

const DEFAULT_NAMESPACE: &str = "default";

/// A Canary document without a spec: what the controller writes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusOnly {
    #[expect(dead_code, reason = "read only to check it; name and namespace are known by then")]
    metadata: ObjectMeta,
    status: CanaryStatus,
}

/// What is wrong with name and namespace.
pub(super) fn identity(kind: Kind, node: &Node, origin: &Origin) -> Vec<Problem> {
    let Some(metadata) = node.get("metadata").map(|entry| &entry.value) else {
        return vec![origin.error("metadata.name", "missing: every object has a name")];
    };
    if !matches!(metadata.value, Value::Map(_)) {
        return vec![
            origin.error("metadata", format!("{}, expected a mapping", typed::found(&metadata.value))),
        ];
    }
    let mut problems = Vec::new();
    match text(metadata, "name") {
        Ok(Some(name)) if check::is_name(name) => {}
        Ok(Some(name)) => problems.push(origin.error("metadata.name", check::not_a_name(name))),
        Err(message) => problems.push(origin.error("metadata.name", message).with_help("Put it in quotes.")),
        Ok(None) => {
            let problem = origin.error("metadata.name", "missing: every object has a name");
            let generated = metadata.get("generateName").is_some();
            let help = "generateName only works with `kubectl create`: give a name.";
            problems.push(if generated { problem.with_help(help) } else { problem });
        }
    }
    match text(metadata, "namespace") {
        Ok(Some(namespace)) if kind.is_namespaced() && !check::is_namespace(namespace) => {
            problems.push(origin.error("metadata.namespace", check::not_a_namespace(namespace)));
        }
        Ok(_) => {}
        Err(message) => {
            problems.push(origin.error("metadata.namespace", message).with_help("Put it in quotes."));
        }
    }
    problems
}

/// Group, kind, namespace and name, where there is a name.
pub(super) fn key(kind: Kind, node: &Node) -> Option<ObjectKey> {
    let metadata = &node.get("metadata")?.value;
    let name = text(metadata, "name").ok()??;
    let namespace = text(metadata, "namespace").ok().flatten().unwrap_or(DEFAULT_NAMESPACE);
    let status_only = kind == Kind::Canary && node.get("spec").is_none() && node.get("status").is_some();
    Some(ObjectKey {
        group: kind.group().to_owned(),
        kind: if status_only { "CanaryStatus" } else { kind.name() }.to_owned(),
        namespace: kind.is_namespaced().then(|| namespace.to_owned()),
        name: name.to_owned(),
    })
}

pub(super) fn typed_object(
    kind: Kind,
    node: &Node,
    key: &ObjectKey,
) -> (Result<Object, TypeFault>, Vec<Unknown>) {
    let namespace = key.namespace.as_deref();
    match kind {
        Kind::Ingress => resource(node, namespace, Object::Ingress),
        Kind::Secret => resource(node, namespace, Object::Secret),
        Kind::ConfigMap => resource(node, namespace, Object::ConfigMap),
        Kind::Service => resource(node, namespace, Object::Service),
        Kind::EndpointSlice => resource(node, namespace, Object::EndpointSlice),
        Kind::Deployment => resource(node, namespace, Object::Deployment),
        Kind::Canary if key.kind == "CanaryStatus" => {
            read_as(node, |read: StatusOnly| Object::CanaryStatus {
                namespace: key.namespace.clone().unwrap_or_default(),
                name: key.name.clone(),
                status: Box::new(read.status),
            })
        }
        Kind::Canary => resource(node, namespace, Object::Canary),
        Kind::CanaryConfig => resource(node, namespace, Object::CanaryConfig),
        Kind::FeatureFlag => resource(node, namespace, Object::FeatureFlag),
        Kind::LocalImage => resource(node, namespace, Object::LocalImage),
    }
}

/// An object with the namespace that one without lives in.
fn resource<'n, K: Resource + Deserialize<'n>>(
    node: &'n Node,
    namespace: Option<&str>,
    object: fn(Box<K>) -> Object,
) -> (Result<Object, TypeFault>, Vec<Unknown>) {
    read_as(node, |mut read: Box<K>| {
        read.meta_mut().namespace = namespace.map(str::to_owned);
        object(read)
    })
}

fn read_as<'n, T: Deserialize<'n>>(
    node: &'n Node,
    object: impl FnOnce(T) -> Object,
) -> (Result<Object, TypeFault>, Vec<Unknown>) {
    let (result, unknown) = typed::read::<T>(node, &["apiVersion", "kind"]);
    (result.map(object), unknown)
}

pub(super) fn findings(object: &Object) -> Vec<check::Finding> {
    if let Object::Canary(canary) = object {
        check::canary(&canary.spec)
    } else if let Object::LocalImage(image) = object {
        check::local_image(&image.spec)
    } else {
        Vec::new()
    }
}

/// A value of a wrong type as a problem.
pub(super) fn type_fault(fault: &TypeFault, origin: &Origin) -> Problem {
    let mut problem = origin.error(fault.path(), fault.message.as_str());
    problem.line = fault.line();
    problem.help.clone_from(&fault.help);
    problem
}

/// An unknown field of Kubernetes' own types may be of a newer version than ours, so the object is used without it. In what a user
/// asks of us it is a mistake that would move traffic in another way than was meant.
pub(super) fn unknown_field(kind: Kind, unknown: &Unknown, origin: &Origin) -> Problem {
    let strict =
        kind.is_ours() && !unknown.path.starts_with("metadata.") && !unknown.path.starts_with("status");
    let mut problem =
        if strict { origin.error("", "unknown field") } else { origin.warning("", "unknown field") };
    problem.line = unknown.line;
    problem.field = origin.path(&unknown.path);
    if let Some(nearest) = unknown.nearest {
        problem = problem.with_help(format!("did you mean {nearest}?"));
    }
    if strict { problem } else { problem.with_help(format!("The {} is used without it.", kind.name())) }
}

/// The text of a field; `None` where it is not there.
pub(super) fn text<'n>(node: &'n Node, field: &str) -> Result<Option<&'n str>, String> {
    match node.get(field).map(|entry| &entry.value.value) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(value) => Err(format!("{}, expected a text", typed::found(value))),
    }
}
