//! Cases of single annotations, as text: see the head of `annotations.txt`. Each case has hosts, Ingresses and rejections of its own, so all of them
//! are compiled at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Every case.
pub(crate) const TEXT: &str = include_str!("annotations.txt");
/// Namespace of every object.
const NAMESPACE: &str = "shop";
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// One case.
pub(crate) struct Case {
    /// The line.
    pub(crate) line: &'static str,
    /// The annotation that it is about.
    pub(crate) name: &'static str,
    annotations: Vec<(&'static str, String)>,
    /// Path of the Ingress where it is no prefix, and what is asked for.
    path: Option<(&'static str, &'static str)>,
    parts: Vec<&'static str>,
    number: usize,
}

/// Reads every case.
pub(crate) fn cases() -> Vec<Case> {
    let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).enumerate();
    lines.map(|(number, line)| Case::read(number, line).unwrap_or_else(|| panic!("{line}"))).collect()
}

impl Case {
    fn read(number: usize, line: &'static str) -> Option<Self> {
        let (given, expected) = line.split_once(" -> ")?;
        let mut annotations = Vec::new();
        let mut path = None;
        for word in given.split(' ') {
            if let Some(paths) = word.strip_prefix('@') {
                path = Some(paths.split_once('@')?);
            } else {
                let (name, value) = word.split_once('=')?;
                annotations.push((name, value.replace('␣', " ")));
            }
        }
        let name = annotations.first()?.0;
        Some(Self { line, name, annotations, path, parts: expected.split(" ; ").collect(), number })
    }

    /// Host of its Ingress.
    pub(crate) fn host(&self) -> String {
        format!("c{}.test", self.number)
    }

    /// The path that is asked for.
    pub(crate) fn sample(&self) -> &'static str {
        self.path.map_or("/", |(_, sample)| sample)
    }

    /// Whether a rejection is expected.
    pub(crate) fn is_wrong(&self) -> bool {
        self.parts.iter().any(|part| part.starts_with("said "))
    }

    /// Its Ingress, and the main one where it is a canary's.
    fn ingresses(&self) -> Vec<Value> {
        let (path, kind) = self.path.map_or(("/", "Prefix"), |(path, _)| (path, "ImplementationSpecific"));
        let ingress = |name: String, service: &str, annotations: BTreeMap<String, &str>| {
            let backend = json!({ "service": { "name": service, "port": { "number": 80 } } });
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": { "name": name, "namespace": NAMESPACE, "annotations": annotations },
                "spec": { "rules": [{ "host": self.host(), "http": { "paths": [
                    { "path": path, "pathType": kind, "backend": backend },
                ] } }] },
            })
        };
        let annotations =
            self.annotations.iter().map(|(name, value)| (format!("{PREFIX}{name}"), value.as_str()));
        let is_canary = self.annotations.iter().any(|(name, value)| *name == "canary" && value == "true");
        let own =
            ingress(format!("c{}", self.number), if is_canary { "b" } else { "a" }, annotations.collect());
        let main = is_canary.then(|| ingress(format!("a{}", self.number), "a", BTreeMap::new()));
        main.into_iter().chain([own]).collect()
    }

    /// What does not hold of what `explain` says of a request to it (as JSON without spaces), and of what was said of its Ingress.
    pub(crate) fn faults(&self, explained: &str, said: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for part in &self.parts {
            let holds = match *part {
                "closed" => explained.contains("503"),
                "absent" => explained.contains("no route takes"),
                part => match (part.strip_prefix("said "), part.strip_prefix('!')) {
                    (Some(words), _) => said.contains(words),
                    (None, Some(part)) => !explained.contains(part),
                    (None, None) => explained.contains(part),
                },
            };
            if !holds {
                faults.push(format!("{}: {}: {part} in {explained}; said: {said}", self.name, self.line));
            }
        }
        if !self.is_wrong() && !said.is_empty() {
            faults.push(format!("{}: said: {said}", self.line));
        }
        faults
    }
}

/// The objects of all cases, with these addresses of the endpoints of Services `a` and `b`.
pub(crate) fn objects(cases: &[Case], port: u16) -> Vec<Value> {
    let mut objects: Vec<Value> = cases.iter().flat_map(Case::ingresses).collect();
    for name in ["a", "b"] {
        let labels = json!({ "kubernetes.io/service-name": name });
        objects.push(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": { "ports": [{ "name": "http", "port": 80 }] },
        }));
        objects.push(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": { "name": format!("{name}-1"), "namespace": NAMESPACE, "labels": labels },
            "ports": [{ "name": "http", "port": port }],
            "endpoints": [{ "addresses": ["127.0.0.1"], "conditions": { "ready": true } }],
        }));
    }
    let named = |kind: &str, name: &str, field: &str, data: Value| json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": name, "namespace": NAMESPACE }, field: data });
    objects.push(named("Secret", "users", "stringData", json!({ "auth": "ana:{PLAIN}open" })));
    objects.push(named("ConfigMap", "fields", "data", json!({ "X-A": "1" })));
    objects
}
