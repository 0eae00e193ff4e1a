//! What is applied. Without a namespace: that of the case.

use serde_json::{Value, json};

/// Port of every sample upstream.
const PORT: u16 = 8080;
/// How long a pod of the sample serves on after it was told to end: until everybody who sends to it has noticed. Real ones need this too.
const SERVES_ON_SECONDS: u32 = 3;

/// A Deployment of sample upstreams that call themselves `name`, and its Service.
pub(crate) fn upstream(name: &str, pods: usize, image: &str) -> [Value; 2] {
    versioned(name, pods, image, &["--version-name", name])
}

/// The same of samples that call themselves, and behave, as their image says, but for these arguments.
pub(crate) fn versioned(name: &str, pods: usize, image: &str, arguments: &[&str]) -> [Value; 2] {
    let listen = format!("0.0.0.0:{PORT}");
    let arguments = [&["serve", "--listen", &listen], arguments].concat();
    let container = json!({
        "name": "sample",
        "image": image,
        "args": arguments,
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": ready_at("/health"),
        "lifecycle": {"preStop": {"sleep": {"seconds": SERVES_ON_SECONDS}}},
    });
    [deployment(name, pods, &container, &json!([])), service(name)]
}

/// A Deployment whose pods have this container and these volumes.
pub(crate) fn deployment(name: &str, pods: usize, container: &Value, volumes: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": pods,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {
                "containers": [container],
                "volumes": volumes,
                "terminationGracePeriodSeconds": 30,
            }},
        },
    })
}

/// A readiness probe of the port `http`, patient on a machine that is busy with other tests: it takes no pod away for that.
pub(crate) fn ready_at(path: &str) -> Value {
    json!({"httpGet": {"path": path, "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 10})
}

/// The Service of a Deployment.
pub(crate) fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    })
}

/// An Ingress of the class weir that sends `path` and what is below it to the Service `service`.
pub(crate) fn ingress(name: &str, host: &str, path: &str, service: &str) -> Value {
    ingress_with(name, host, &json!([{"path": path, "pathType": "Prefix", "backend": backend(service)}]))
}

/// The same with these paths.
pub(crate) fn ingress_with(name: &str, host: &str, paths: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "annotations": {}},
        "spec": {"ingressClassName": "weir", "rules": [{"host": host, "http": {"paths": paths}}]},
    })
}

/// A path's backend.
pub(crate) fn backend(service: &str) -> Value {
    json!({"service": {"name": service, "port": {"number": 80}}})
}

/// An `IngressClass` of this controller.
pub(crate) fn class(name: &str, controller: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name},
        "spec": {"controller": controller},
    })
}
