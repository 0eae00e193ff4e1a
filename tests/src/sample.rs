//! Manifests of sample services.

use std::fmt::Write;
use std::net::SocketAddr;

/// An Ingress that sends everything below `/NAME` to the Service `NAME`, with the prefix kept. Namespace `test`.
#[must_use]
pub fn ingress(name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: test}}
spec:
  rules:
    - http:
        paths:
          - path: /{name}
            pathType: Prefix
            backend: {{service: {{name: {name}, port: {{number: 80}}}}}}
---
"
    )
}

/// A Service `NAME` with `annotations` (key and value), and its endpoints.
#[must_use]
pub fn service(name: &str, annotations: &[(&str, &str)], endpoints: &[SocketAddr]) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: test\n  annotations:\n"
    );
    for (key, value) in annotations {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {key}: \"{value}\"");
    }
    if annotations.is_empty() {
        text.truncate(text.len() - "  annotations:\n".len());
    }
    text.push_str("spec:\n  ports: [{name: http, port: 80, targetPort: http}]\n---\n");
    // One slice for each port: ports of one slice are the same for all its addresses.
    for (index, endpoint) in endpoints.iter().enumerate() {
        let _ = write!(
            text,
            "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-{index}, namespace: test, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: {}}}]
endpoints: [{{addresses: [\"{}\"], conditions: {{ready: true}}}}]
---
",
            endpoint.port(),
            endpoint.ip()
        );
    }
    text
}

/// A Service that gets a share of another one's requests: its weight as annotations write it, and its endpoints.
pub type Share<'a> = (&'a str, &'a [SocketAddr]);

/// An Ingress and the Service `NAME` with a canary, perhaps a baseline, and further annotations.
#[must_use]
pub fn split(
    name: &str,
    stable: &[SocketAddr],
    canary: Share<'_>,
    baseline: Option<Share<'_>>,
    more: &[(&str, &str)],
) -> String {
    let beside = |track: &str| format!("{name}-{track}");
    let (canary_name, baseline_name) = (beside("canary"), beside("baseline"));
    let mut annotations =
        vec![("weir.dev/canary-service", canary_name.as_str()), ("weir.dev/canary-weight", canary.0)];
    let mut text = ingress(name);
    text.push_str(&service(&canary_name, &[], canary.1));
    if let Some((weight, endpoints)) = baseline {
        annotations.extend([
            ("weir.dev/baseline-service", baseline_name.as_str()),
            ("weir.dev/baseline-weight", weight),
        ]);
        text.push_str(&service(&baseline_name, &[], endpoints));
    }
    annotations.extend(more);
    text.push_str(&service(name, &annotations, stable));
    text
}

/// A Deployment `NAME` of `replicas` pods with `image`, its Service and its Ingress.
#[must_use]
pub fn deployment(name: &str, replicas: u32, image: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: test}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: {name}
          image: {image}
          ports: [{{name: http, containerPort: 3000}}]
          readinessProbe: {{httpGet: {{path: /health, port: 3000}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: test}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: 3000}}]
---
{}",
        ingress(name)
    )
}

/// What `image` runs as on this machine: `weir-load serve` with `args`.
#[must_use]
pub fn local_image(image: &str, args: &[&str]) -> String {
    let name = image.replace([':', '/'], "-");
    let mut text = format!(
        "apiVersion: weir.dev/v1alpha1
kind: LocalImage
metadata: {{name: {name}}}
spec:
  image: {image}
  entrypoint:
    - weir-load
    - serve
    - --listen=$(POD_IP):3000
"
    );
    for arg in args {
        let _ = writeln!(text, "    - \"{arg}\"");
    }
    text.push_str("---\n");
    text
}

/// A Canary over the Deployment and Service `name` with `steps` (YAML list items, each on a line), releasing `image` if given.
#[must_use]
pub fn canary(name: &str, steps: &[&str], image: Option<&str>) -> String {
    canary_with(name, steps, image, &[], &[])
}

/// The judge asks about errors only, which needs far fewer requests than latencies do: a line for `analysis`.
pub const NO_LATENCY: &str =
    "latency: {enabled: false, margin: {relativePercent: 20}, tolerance: {relativePercent: 50}}";

/// The same with more lines of YAML below `strategy.canary` and below `analysis`.
#[must_use]
pub fn canary_with(
    name: &str,
    steps: &[&str],
    image: Option<&str>,
    strategy: &[&str],
    analysis: &[&str],
) -> String {
    let mut text = format!(
        "apiVersion: weir.dev/v1alpha1
kind: Canary
metadata: {{name: {name}, namespace: test}}
spec:
  targetRef: {{name: {name}}}
  service: {name}
  strategy:
    canary:
      steps:
"
    );
    for step in steps {
        let _ = writeln!(text, "        - {step}");
    }
    for line in strategy {
        let _ = writeln!(text, "      {line}");
    }
    if !analysis.is_empty() {
        text.push_str("  analysis:\n");
    }
    for line in analysis {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(image) = image {
        let _ = writeln!(text, "  release: {{image: \"{image}\"}}");
    }
    text.push_str("---\n");
    text
}
