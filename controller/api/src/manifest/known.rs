//! One object of a kind that Weir reads: its identity, its typed form, and what is wrong with either.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::kind::Kind;
use super::load::text;
use super::tree::{Node, Value};
use super::typed::{self, TypeFault, Unknown};
use super::{Object, ObjectKey, Origin, Problem, check};
use crate::{Canary, CanaryStatus, LocalImage};

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
        Kind::Ingress => read_as(node, |mut object: Box<k8s_openapi::api::networking::v1::Ingress>| {
            settle(&mut object.metadata, namespace);
            Object::Ingress(object)
        }),
        Kind::Secret => read_as(node, |mut object: Box<k8s_openapi::api::core::v1::Secret>| {
            settle(&mut object.metadata, namespace);
            Object::Secret(object)
        }),
        Kind::Service => read_as(node, |mut object: Box<k8s_openapi::api::core::v1::Service>| {
            settle(&mut object.metadata, namespace);
            Object::Service(object)
        }),
        Kind::EndpointSlice => {
            read_as(node, |mut object: Box<k8s_openapi::api::discovery::v1::EndpointSlice>| {
                settle(&mut object.metadata, namespace);
                Object::EndpointSlice(object)
            })
        }
        Kind::Deployment => read_as(node, |mut object: Box<k8s_openapi::api::apps::v1::Deployment>| {
            settle(&mut object.metadata, namespace);
            Object::Deployment(object)
        }),
        Kind::Canary if key.kind == "CanaryStatus" => {
            read_as(node, |read: StatusOnly| Object::CanaryStatus {
                namespace: key.namespace.clone().unwrap_or_default(),
                name: key.name.clone(),
                status: Box::new(read.status),
            })
        }
        Kind::Canary => read_as(node, |mut object: Box<Canary>| {
            settle(&mut object.metadata, namespace);
            Object::Canary(object)
        }),
        Kind::LocalImage => read_as(node, |mut object: Box<LocalImage>| {
            settle(&mut object.metadata, namespace);
            Object::LocalImage(object)
        }),
    }
}

fn read_as<'n, T: Deserialize<'n>>(
    node: &'n Node,
    object: impl FnOnce(T) -> Object,
) -> (Result<Object, TypeFault>, Vec<Unknown>) {
    let (result, unknown) = typed::read::<T>(node, &["apiVersion", "kind"]);
    (result.map(object), unknown)
}

/// Writes the namespace that an object without one lives in.
fn settle(metadata: &mut ObjectMeta, namespace: Option<&str>) {
    metadata.namespace = namespace.map(str::to_owned);
}

pub(super) fn findings(object: &Object) -> Vec<check::Finding> {
    match object {
        Object::Canary(canary) => check::canary(&canary.spec),
        Object::LocalImage(image) => check::local_image(&image.spec),
        Object::Ingress(_)
        | Object::Secret(_)
        | Object::Service(_)
        | Object::EndpointSlice(_)
        | Object::Deployment(_)
        | Object::CanaryStatus { .. }
        | Object::Other { .. } => Vec::new(),
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
