//! Kubernetes objects for tests, as short as they can be written.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use weir_api::CanaryStatus;
use weir_routing::{Head, Headers, Objects, Options, Rejection, Table, compile};

/// Namespace of everything that says none.
pub(crate) const NAMESPACE: &str = "shop";

/// Objects under construction.
#[derive(Clone, Default)]
pub(crate) struct World {
    /// What is compiled.
    pub(crate) objects: Objects,
}

impl World {
    /// A Service with port 80 named `http` and this many ready endpoints on 10.0.X.Y:8080, X by its name.
    pub(crate) fn service(self, name: &str, endpoints: u8) -> Self {
        self.service_with(name, endpoints, &json!({}), &json!({}))
    }

    /// The same with annotations on the Service and labels on its EndpointSlice.
    pub(crate) fn service_with(
        mut self,
        name: &str,
        endpoints: u8,
        annotations: &Value,
        labels: &Value,
    ) -> Self {
        self.objects.services.push(from(json!({
            "metadata": { "name": name, "namespace": NAMESPACE, "annotations": annotations },
            "spec": { "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }] },
        })));
        let mut all = labels.clone();
        all["kubernetes.io/service-name"] = json!(name);
        let net = name.bytes().fold(0u8, u8::wrapping_add);
        let addresses: Vec<Value> =
            (1..=endpoints).map(|i| json!({ "addresses": [format!("10.0.{net}.{i}")] })).collect();
        self.slice(json!({
            "addressType": "IPv4",
            "metadata": { "name": format!("{name}-1"), "namespace": NAMESPACE, "labels": all },
            "ports": [{ "name": "http", "port": 8080 }],
            "endpoints": addresses,
        }))
    }

    /// An EndpointSlice.
    pub(crate) fn slice(mut self, slice: Value) -> Self {
        self.objects.endpoint_slices.push(from(slice));
        self
    }

    /// An Ingress with this spec.
    pub(crate) fn ingress(self, name: &str, spec: &Value) -> Self {
        self.ingress_with(name, spec, &json!({}), None)
    }

    /// The same with annotations and a creation time.
    pub(crate) fn ingress_with(
        mut self,
        name: &str,
        spec: &Value,
        annotations: &Value,
        created: Option<&str>,
    ) -> Self {
        self.objects.ingresses.push(from(json!({
            "metadata": { "name": name, "namespace": NAMESPACE, "annotations": annotations, "creationTimestamp": created },
            "spec": spec,
        })));
        self
    }

    /// A Canary of a Service, with a status kept apart.
    pub(crate) fn canary(mut self, name: &str, service: &str, status: &Value) -> Self {
        self.objects.canaries.push(from(json!({
            "apiVersion": "weir.dev/v1alpha1", "kind": "Canary",
            "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": {
                "targetRef": { "name": service }, "service": service,
                "strategy": { "canary": { "steps": [{ "setWeight": 5 }] } },
            },
        })));
        self.objects.statuses.insert(format!("{NAMESPACE}/{name}"), from::<CanaryStatus>(status.clone()));
        self
    }

    /// Compiles over nothing.
    pub(crate) fn table(&self) -> (Table, Vec<Rejection>) {
        self.over(None)
    }

    /// Compiles over a table.
    pub(crate) fn over(&self, previous: Option<&Table>) -> (Table, Vec<Rejection>) {
        compile(&self.objects, &Options::default(), previous)
    }

    /// Compiles, and fails unless everything is accepted.
    pub(crate) fn clean(&self) -> Table {
        let (table, rejections) = self.table();
        assert_eq!(rejections, [], "nothing is wrong with these objects");
        table
    }
}

/// A spec with one rule for every host: one Prefix path to port 80 of a Service.
pub(crate) fn simple(path: &str, service: &str) -> Value {
    rule("", "Prefix", path, service)
}

/// A spec with one rule.
pub(crate) fn rule(host: &str, kind: &str, path: &str, service: &str) -> Value {
    json!({ "rules": [{
        "host": host,
        "http": { "paths": [{ "pathType": kind, "path": path, "backend": backend(service) }] },
    }] })
}

/// Port 80 of a Service.
pub(crate) fn backend(service: &str) -> Value {
    json!({ "service": { "name": service, "port": { "number": 80 } } })
}

/// A request without headers.
pub(crate) fn get<'a>(host: &'a str, path: &'a str) -> Head<'a> {
    with(&(), host, path)
}

/// A request with headers.
pub(crate) fn with<'a>(headers: &'a dyn Headers, host: &'a str, path: &'a str) -> Head<'a> {
    Head { method: "GET", host, path, query: None, headers, client: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a well-formed object")
}
