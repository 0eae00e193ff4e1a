//! Kubernetes objects as text, as short as a test wants them.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// Namespace of everything.
pub(crate) const NAMESPACE: &str = "shop";

/// One Service with its endpoints.
pub(crate) struct Service {
    name: String,
    annotations: Vec<(&'static str, String)>,
    revision: String,
    endpoints: Vec<SocketAddr>,
    app_protocol: Option<&'static str>,
}

impl Service {
    pub(crate) fn new(name: &str, endpoints: &[SocketAddr]) -> Self {
        let revision = format!("{name}-r1");
        Self {
            name: name.to_owned(),
            annotations: Vec::new(),
            revision,
            endpoints: endpoints.to_vec(),
            app_protocol: None,
        }
    }

    pub(crate) fn annotate(mut self, key: &'static str, value: &str) -> Self {
        self.annotations.push((key, value.to_owned()));
        self
    }

    pub(crate) fn revision(mut self, revision: &str) -> Self {
        revision.clone_into(&mut self.revision);
        self
    }

    pub(crate) fn h2c(self) -> Self {
        self.speaks("kubernetes.io/h2c")
    }

    pub(crate) fn speaks(mut self, app_protocol: &'static str) -> Self {
        self.app_protocol = Some(app_protocol);
        self
    }

    fn text(&self) -> String {
        let mut text = format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {}\n  namespace: {NAMESPACE}\n",
            self.name
        );
        if !self.annotations.is_empty() {
            text.push_str("  annotations:\n");
        }
        for (key, value) in &self.annotations {
            let _ = writeln!(text, "    {key}: \"{value}\"");
        }
        let app_protocol = self.app_protocol.map_or(String::new(), |name| format!(", appProtocol: {name}"));
        let _ = writeln!(text, "spec:\n  ports: [{{name: http, port: 80{app_protocol}}}]\n---");
        // One slice an endpoint: test upstreams share an address and differ by port.
        for (number, endpoint) in self.endpoints.iter().enumerate() {
            let _ = writeln!(
                text,
                "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata:\n  name: {name}-{number}\n  \
                 namespace: {NAMESPACE}\n  labels: {{kubernetes.io/service-name: {name}, weir.dev/revision: {revision}}}\n\
                 ports: [{{name: http, port: {port}{app_protocol}}}]\nendpoints: [{{addresses: [{ip}], conditions: {{ready: true}}}}]\n---",
                name = self.name,
                revision = self.revision,
                port = endpoint.port(),
                ip = endpoint.ip(),
            );
        }
        text
    }
}

/// One Ingress with one path; the Ingress is named after the Service.
pub(crate) fn ingress(host: &str, path: &str, service: &str) -> String {
    let host = if host.is_empty() { String::new() } else { format!("host: {host}, ") };
    let name = format!("{service}{}", path.replace('/', "-")).trim_end_matches('-').to_owned();
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: {NAMESPACE}}}\nspec:\n  rules: \
         [{{{host}http: {{paths: [{{path: {path}, pathType: Prefix, backend: {{service: {{name: {service}, port: {{name: http}}}}}}}}]}}}}]\n---\n"
    )
}

/// A Secret with these texts.
pub(crate) fn secret(name: &str, data: &[(&str, &str)]) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {NAMESPACE}}}\nstringData:\n  x: \"\"\n"
    );
    for (key, value) in data {
        let _ = writeln!(text, "  {key}: |\n    {}", value.trim_end().replace('\n', "\n    "));
    }
    text + "---\n"
}

/// Objects of one file.
pub(crate) fn file(ingresses: &[String], services: &[Service]) -> String {
    // Never an empty text, which stands for a file that is being written.
    let objects = ingresses.iter().cloned().chain(services.iter().map(Service::text));
    std::iter::once("# objects of a test\n".to_owned()).chain(objects).collect()
}

/// Everything to one Service.
pub(crate) fn simple(endpoints: &[SocketAddr]) -> String {
    file(&[ingress("", "/", "web")], &[Service::new("web", endpoints)])
}

/// Stable `web` and canary `web-canary` with the canary's weight in percent.
pub(crate) fn split(stable: &[SocketAddr], canary: &[SocketAddr], weight: &str) -> String {
    file(
        &[ingress("", "/", "web")],
        &[
            Service::new("web", stable)
                .annotate("weir.dev/canary-service", "web-canary")
                .annotate("weir.dev/canary-weight", weight)
                .annotate("weir.dev/canary-header", "x-track")
                .annotate("weir.dev/canary-cookie", "track"),
            Service::new("web-canary", canary),
        ],
    )
}

/// The same with a baseline `web-baseline`.
pub(crate) fn split3(
    stable: &[SocketAddr],
    (canary, canary_weight): (&[SocketAddr], &str),
    (baseline, baseline_weight): (&[SocketAddr], &str),
) -> String {
    file(
        &[ingress("", "/", "web")],
        &[
            Service::new("web", stable)
                .annotate("weir.dev/canary-service", "web-canary")
                .annotate("weir.dev/canary-weight", canary_weight)
                .annotate("weir.dev/baseline-service", "web-baseline")
                .annotate("weir.dev/baseline-weight", baseline_weight),
            Service::new("web-canary", canary),
            Service::new("web-baseline", baseline),
        ],
    )
}
