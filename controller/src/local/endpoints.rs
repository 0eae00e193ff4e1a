//! What proxies need to know about local pods: `EndpointSlices` for every Service whose selector takes them, and the Services of canary and baseline.
//! Pure.
//!
//! Stable pods stand under the Service's own name, the others under `<service>-canary` and `<service>-baseline`; each slice holds one revision.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::core::ObjectMeta;
use serde::Serialize;
use weir_api::names;
use weir_api::{Track, names::SERVICE_NAME_LABEL};
use weir_directory::object_path;

use crate::catalog::{Catalog, Key};
use crate::local::record::PodRecord;

/// An object to be written, by its file in the state directory.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Written {
    /// A Service of a canary or baseline.
    Service(Box<Service>),
    /// Pods of one revision behind one Service.
    Slice(Box<EndpointSlice>),
}

/// A pod and whether it can serve now.
#[derive(Debug)]
pub(super) struct Served<'a> {
    pub(super) record: &'a PodRecord,
    /// The Canary that asked for it.
    pub(super) canary: Option<&'a Key>,
    /// Whether it can serve.
    pub(super) ready: bool,
}

/// Every object that the pods need.
pub(super) fn objects(pods: &[Served<'_>], catalog: &Catalog) -> BTreeMap<String, Written> {
    let mut groups: BTreeMap<(Key, Track, String), Vec<&Served<'_>>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| pod.record.leaving_since.is_none()) {
        let record = pod.record;
        for service in catalog.services_of(&record.deployment.namespace, &record.labels) {
            let group = (service.clone(), record.track, record.revision.clone());
            groups.entry(group).or_default().push(pod);
        }
    }
    let mut objects = BTreeMap::new();
    for ((key, track, revision), pods) in groups {
        let Some(service) = catalog.services.get(&key) else { continue };
        let name = match track {
            Track::Stable => key.name.clone(),
            Track::Baseline | Track::Canary | Track::Shadow => format!("{}-{track}", key.name),
        };
        let labels = labels(track, pods.iter().find_map(|pod| pod.canary));
        if track != Track::Stable {
            let made = self::service(service, &key.namespace, &name, labels.clone());
            objects.insert(object_path("Service", &key.namespace, &name), Written::Service(Box::new(made)));
        }
        let slice = slice(service, &key.namespace, (&name, &revision), labels, &pods);
        let slice_name = slice.metadata.name.clone().unwrap_or_default();
        objects.insert(
            object_path("EndpointSlice", &key.namespace, &slice_name),
            Written::Slice(Box::new(slice)),
        );
    }
    objects
}

fn labels(track: Track, canary: Option<&Key>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([(names::TRACK_LABEL.to_owned(), track.to_string())]);
    labels.extend(canary.map(|canary| (names::CANARY_LABEL.to_owned(), canary.name.clone())));
    labels
}

/// The Service of a canary or baseline: the ports of the user's own.
fn service(of: &Service, namespace: &str, name: &str, labels: BTreeMap<String, String>) -> Service {
    let spec = of.spec.clone().map(|spec| k8s_openapi::api::core::v1::ServiceSpec {
        ports: spec.ports,
        selector: spec.selector,
        type_: Some("ClusterIP".to_owned()),
        ..Default::default()
    });
    Service { metadata: metadata(namespace, name, labels), spec, status: None }
}

fn metadata(namespace: &str, name: &str, labels: BTreeMap<String, String>) -> ObjectMeta {
    ObjectMeta {
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

fn slice(
    service: &Service,
    namespace: &str,
    (name, revision): (&str, &str),
    mut labels: BTreeMap<String, String>,
    pods: &[&Served<'_>],
) -> EndpointSlice {
    labels.insert(SERVICE_NAME_LABEL.to_owned(), name.to_owned());
    labels.insert(names::REVISION_LABEL.to_owned(), revision.to_owned());
    labels.insert("endpointslice.kubernetes.io/managed-by".to_owned(), names::FIELD_MANAGER.to_owned());
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let ports =
        ports.filter_map(|port| Some((port, target(port, pods)?))).map(|(port, number)| EndpointPort {
            name: Some(port.name.clone().unwrap_or_default()),
            port: Some(i32::from(number)),
            protocol: Some("TCP".to_owned()),
            app_protocol: port.app_protocol.clone(),
        });
    let endpoint = |pod: &&Served<'_>| Endpoint {
        addresses: vec![pod.record.address.to_string()],
        conditions: Some(EndpointConditions {
            ready: Some(pod.ready),
            serving: Some(pod.ready),
            terminating: Some(false),
        }),
        ..Endpoint::default()
    };
    EndpointSlice {
        address_type: "IPv4".to_owned(),
        endpoints: pods.iter().map(endpoint).collect(),
        metadata: metadata(namespace, &format!("{name}-{revision}"), labels),
        ports: Some(ports.collect()),
    }
}

/// The pods' port behind a port of the Service.
fn target(port: &ServicePort, pods: &[&Served<'_>]) -> Option<u16> {
    match &port.target_port {
        None => u16::try_from(port.port).ok(),
        Some(IntOrString::Int(number)) => u16::try_from(*number).ok(),
        Some(IntOrString::String(name)) => {
            let containers = pods.iter().flat_map(|pod| &pod.record.containers);
            let mut ports = containers.flat_map(|container| &container.ports);
            ports.find(|port| port.name.as_ref() == Some(name)).map(|port| port.number)
        }
    }
}

#[cfg(test)]
mod tests;
