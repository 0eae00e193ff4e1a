//! Cases of what ingress-nginx does with hosts, paths, redirects and canaries, as text: objects, then requests with what becomes of them.
//!
//! ```text
//! ## name of the case                     then +strict where it holds with --strict-nginx-canary
//! rule INGRESS HOST KIND PATH SERVICE [annotation=value ..]    a rule of an Ingress; - for no host; the first Ingress is the oldest
//! default INGRESS SERVICE                 its default backend
//! tls INGRESS                             it has a TLS section
//! dead SERVICE                            the Service has no endpoint
//! absent SERVICE                          there is no such Service
//! on SERVICE annotation=value ..          annotations of a Service
//! ask HOST PATH [name:value ..] -> SERVICE PATH | 404 | 503 | CODE LOCATION
//! share HOST PATH N -> SERVICE COUNT      of N requests
//! said WORDS                              some rejection has these words
//! #then                                   the objects that follow replace all of them
//! ```
//! `␣` is a space. Names of Services are answered by themselves, so that a proxy's upstreams can be told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_json::{Value, json};

/// Namespace of every object.
pub(crate) const NAMESPACE: &str = "shop";

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) is_strict: bool,
    pub(crate) steps: Vec<Step>,
}

/// Objects, and what becomes of requests.
#[derive(Default)]
pub(crate) struct Step {
    ingresses: Vec<(String, Value)>,
    services: BTreeSet<String>,
    dead: BTreeSet<String>,
    annotations: BTreeMap<String, Value>,
    pub(crate) asks: Vec<Ask>,
    pub(crate) said: Vec<String>,
}

/// A request, or many of one kind.
pub(crate) struct Ask {
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) expected: Expected,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This Service gets this path.
    Served(String, String),
    /// This status, of the proxy's own.
    Status(u16),
    /// This status with this location.
    Redirect(u16, String),
    /// Of so many requests this Service gets so many.
    Share(usize, String, usize),
}

/// Reads every case of a text.
pub(crate) fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("## ") {
            let is_strict = name.ends_with(" +strict");
            cases.push(Case { name: name.to_owned(), is_strict, steps: vec![Step::default()] });
            continue;
        }
        let number = cases.len();
        let case = cases.last_mut().expect("a case begins with its name");
        if line == "#then" {
            case.steps.push(Step::default());
        } else if !line.starts_with('#') {
            let step = case.steps.last_mut().unwrap();
            step.line(line, number).unwrap_or_else(|| panic!("{}: {line}", case.name));
        }
    }
    cases
}

impl Step {
    fn line(&mut self, line: &str, case: usize) -> Option<()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["rule", ingress, host, kind, path, service, annotations @ ..] => {
                self.services.insert((*service).to_owned());
                let ingress = self.ingress(ingress, case);
                let host = if *host == "-" { "" } else { host };
                let path = json!({ "path": path, "pathType": kind, "backend": backend(service) });
                let rules = ingress["spec"]["rules"].as_array_mut()?;
                rules.push(json!({ "host": host, "http": { "paths": [path] } }));
                annotate(&mut ingress["metadata"]["annotations"], annotations)?;
            }
            ["default", ingress, service, annotations @ ..] => {
                self.services.insert((*service).to_owned());
                let ingress = self.ingress(ingress, case);
                ingress["spec"]["defaultBackend"] = backend(service);
                annotate(&mut ingress["metadata"]["annotations"], annotations)?;
            }
            ["tls", ingress] => {
                self.ingress(ingress, case)["spec"]["tls"] = json!([{ "secretName": "some" }]);
            }
            ["dead", service] => {
                self.services.insert((*service).to_owned());
                self.dead.insert((*service).to_owned());
            }
            ["absent", service] => drop(self.services.remove(*service)),
            ["on", service, annotations @ ..] => {
                self.services.insert((*service).to_owned());
                let known = self.annotations.entry((*service).to_owned()).or_insert_with(|| json!({}));
                annotate(known, annotations)?;
            }
            ["said", ..] => self.said.push(line.strip_prefix("said ")?.to_owned()),
            ["ask" | "share", host, path, rest @ ..] => {
                let at = rest.iter().position(|word| *word == "->")?;
                let (before, after) = (&rest[..at], &rest[at + 1..]);
                let is_share = words[0] == "share";
                let expected = match (after, before) {
                    ([service, count], [n]) if is_share => {
                        Expected::Share(n.parse().ok()?, (*service).to_owned(), count.parse().ok()?)
                    }
                    ([status], _) => Expected::Status(status.parse().ok()?),
                    ([first, second], _) => match first.parse() {
                        Ok(status) => Expected::Redirect(status, (*second).to_owned()),
                        Err(_) => Expected::Served((*first).to_owned(), (*second).to_owned()),
                    },
                    _ => return None,
                };
                let header = |word: &&str| {
                    word.split_once(':').map(|(name, value)| (name.to_owned(), value.replace('␣', " ")))
                };
                let headers = before.iter().filter_map(header).collect();
                let (host, path) = ((*host).to_owned(), (*path).to_owned());
                self.asks.push(Ask { host, path, headers, expected });
            }
            _ => return None,
        }
        Some(())
    }

    /// Names differ from case to case, so that no case keeps another one's last good routes.
    fn ingress(&mut self, name: &str, case: usize) -> &mut Value {
        let name = format!("{name}-{case}");
        let at = self.ingresses.iter().position(|(known, _)| *known == name).unwrap_or(self.ingresses.len());
        if at == self.ingresses.len() {
            let created = format!("2026-01-01T00:00:{at:02}Z");
            let metadata = json!({ "name": name, "namespace": NAMESPACE, "annotations": {}, "creationTimestamp": created });
            let ingress = json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": { "rules": [] },
            });
            self.ingresses.push((name, ingress));
        }
        &mut self.ingresses[at].1
    }

    /// Names of every Service.
    pub(crate) fn services(&self) -> impl Iterator<Item = &String> {
        self.services.iter()
    }

    /// Every object: Ingresses, Services and their endpoints, in this order.
    pub(crate) fn objects(&self, address: impl Fn(&str) -> SocketAddr) -> [Vec<Value>; 3] {
        let ingresses = self.ingresses.iter().map(|(_, ingress)| ingress.clone()).collect();
        let service = |name: &String| {
            let annotations = self.annotations.get(name).cloned().unwrap_or(json!({}));
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": { "name": name, "namespace": NAMESPACE, "annotations": annotations },
                "spec": { "ports": [{ "name": "http", "port": 80 }] },
            })
        };
        let slice = |name: &String| {
            let at = address(name);
            let endpoints =
                if self.dead.contains(name) { json!([]) } else { json!([{ "addresses": [at.ip()] }]) };
            json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {
                    "name": format!("{name}-1"), "namespace": NAMESPACE,
                    "labels": { "kubernetes.io/service-name": name },
                },
                "ports": [{ "name": "http", "port": at.port() }], "endpoints": endpoints,
            })
        };
        [ingresses, self.services.iter().map(service).collect(), self.services.iter().map(slice).collect()]
    }
}

fn backend(service: &str) -> Value {
    json!({ "service": { "name": service, "port": { "number": 80 } } })
}

/// Names without a slash are nginx's.
fn annotate(known: &mut Value, annotations: &[&str]) -> Option<()> {
    for annotation in annotations {
        let (name, value) = annotation.split_once('=')?;
        let name =
            if name.contains('/') { name.to_owned() } else { format!("nginx.ingress.kubernetes.io/{name}") };
        known[name] = json!(value.replace('␣', " "));
    }
    Some(())
}
