//! Ingresses: one draft of a route for each path, oldest Ingress first.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend, IngressRule};
use weir_api::names;

use super::nginx::{self, Nginx, Unsupported};
use super::{Classes, path};
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::{Match, Origin, PathKind, Rewrite, ServicePortRef};

/// A route before its Service is looked up.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: Arc<str>,
    pub(super) matches: Match,
    pub(super) rewrite: Option<Rewrite>,
    pub(super) origin: Origin,
    /// Why every request is answered 503.
    pub(super) refused: Option<Arc<str>>,
}

/// A rule that makes no new route.
#[derive(Debug)]
pub(super) struct Spoilt {
    pub(super) rejection: Rejection,
    /// Field path of the one rule; `None`: the whole Ingress.
    pub(super) field: Option<String>,
    /// Why its last good route is answered 503.
    pub(super) refused: Option<Arc<str>>,
}

/// A path of an Ingress, read.
pub(super) type Item = Result<Draft, Box<Spoilt>>;

/// Reads one Ingress: its paths in their order, and what is wrong beside them.
pub(super) fn read(ingress: &Ingress) -> (Vec<Item>, Vec<Rejection>) {
    let (mut items, mut rejections) = (Vec::new(), Vec::new());
    let place = Place::new("Ingress", &ingress.metadata);
    misplaced(ingress, place, &mut rejections);
    let mut nginx = nginx::read(ingress, place, &mut rejections);
    match nginx.unsupported.take() {
        None => {
            let (items, rejections) = (&mut items, &mut rejections);
            Reader { place, ingress: place.key(), nginx, items, rejections }.read(ingress);
        }
        Some(Unsupported::Skip(rejection)) => rejections.push(rejection),
        Some(Unsupported::KeepLast(rejection)) => {
            items.push(Err(Box::new(Spoilt { rejection, field: None, refused: nginx.refused })));
        }
    }
    (items, rejections)
}

/// Whether an Ingress is to be served.
pub(super) fn is_ours(ingress: &Ingress, classes: &Classes) -> bool {
    let Classes::Named { names, unclassed } = classes else { return true };
    let annotated = ingress.metadata.annotations.as_ref().and_then(|a| a.get("kubernetes.io/ingress.class"));
    let class = annotated.or(ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_ref()));
    class.map_or(*unclassed, |class| names.contains(class))
}

/// Ours are for Services.
fn misplaced(ingress: &Ingress, place: Place<'_>, rejections: &mut Vec<Rejection>) {
    for key in ingress.metadata.annotations.iter().flatten().map(|(key, _)| key) {
        if !key.starts_with(names::PREFIX) {
            continue;
        }
        let message = match names::nearest(key, names::SERVICE_ANNOTATIONS) {
            Some(name) if name == key => "this annotation belongs on the Service".to_owned(),
            Some(name) => format!("unknown annotation, did you mean {name}? It belongs on the Service"),
            None => "unknown annotation".to_owned(),
        };
        rejections
            .push(place.warning(annotation_field(key), message).keeping("the Ingress is served without it"));
    }
}

/// Reads one Ingress.
struct Reader<'r, 'o> {
    place: Place<'o>,
    ingress: Arc<str>,
    nginx: Nginx,
    items: &'r mut Vec<Item>,
    rejections: &'r mut Vec<Rejection>,
}

impl<'o> Reader<'_, 'o> {
    fn read(&mut self, ingress: &'o Ingress) {
        let rules = ingress.spec.as_ref().and_then(|spec| spec.rules.as_deref()).unwrap_or_default();
        let default = ingress.spec.as_ref().and_then(|spec| spec.default_backend.as_ref());
        if rules.is_empty() && default.is_none() {
            self.rejections
                .push(self.place.error("spec", "neither rules nor a default backend: give one of them"));
        }
        let mut hosts = BTreeSet::new();
        for (index, rule) in rules.iter().enumerate() {
            self.rule(rule, &format!("spec.rules[{index}]"), &mut hosts);
        }
        if let Some(backend) = default {
            if rules.is_empty() {
                hosts.insert("*".into());
            }
            for host in hosts {
                let matches = Match { host, path: "".into(), kind: PathKind::Default };
                self.push(matches, backend, "spec.defaultBackend", "spec.defaultBackend");
            }
        }
    }

    fn rule(&mut self, rule: &'o IngressRule, field: &str, hosts: &mut BTreeSet<Arc<str>>) {
        let paths = rule.http.as_ref().map(|http| http.paths.as_slice()).unwrap_or_default();
        match path::host(rule.host.as_deref()) {
            Ok(host) => {
                hosts.insert(Arc::clone(&host));
                for (index, path) in paths.iter().enumerate() {
                    self.path(path, &host, &format!("{field}.http.paths[{index}]"));
                }
            }
            Err(message) => {
                // The fault is said once; each path may have had a route.
                for index in 0..paths.len().max(1) {
                    let rejection = self.place.error(format!("{field}.host"), message.clone());
                    self.spoilt(rejection, format!("{field}.http.paths[{index}]"));
                }
            }
        }
    }

    fn path(&mut self, written: &'o HTTPIngressPath, host: &Arc<str>, field: &str) {
        let read = path::kind(&written.path_type).map_err(|message| ("pathType", message)).and_then(|kind| {
            let path = path::path(written.path.as_deref(), kind).map_err(|message| ("path", message))?;
            Ok((kind, path))
        });
        let (kind, path) = match read {
            Ok(read) => read,
            Err((name, message)) => {
                let rejection = self.place.error(format!("{field}.{name}"), message);
                return self.spoilt(rejection, field.to_owned());
            }
        };
        if self.nginx.rewrite.is_some() && kind == PathKind::ImplementationSpecific {
            let message = "rewrite-target needs a Prefix or Exact path here: for nginx this path is a regular expression, which is not supported yet";
            let rejection = self.place.error(format!("{field}.pathType"), message);
            return self.spoilt(rejection, field.to_owned());
        }
        if path::looks_like_regex(&path) {
            let message = "regular expressions are not supported yet";
            let rejection = self.place.warning(format!("{field}.path"), message);
            self.rejections.push(rejection.keeping("the path is taken letter by letter"));
        }
        let matches = Match { host: Arc::clone(host), path, kind };
        self.push(matches, &written.backend, field, &format!("{field}.backend"));
    }

    /// Adds the draft of a path whose backend stands at `backend_field`.
    fn push(&mut self, matches: Match, backend: &'o IngressBackend, field: &str, backend_field: &str) {
        let (service_name, port) = match service(backend) {
            Ok(read) => read,
            Err((name, message)) => {
                let rejection = self.place.error(format!("{backend_field}.{name}"), message);
                return self.spoilt(rejection, field.to_owned());
            }
        };
        let Match { host, path, kind } = &matches;
        let mark = if *kind == PathKind::Exact { "=" } else { "" };
        let root = if path.is_empty() && *kind == PathKind::Prefix { "/" } else { "" };
        let ingress = &self.ingress;
        // A default backend's path stays as it is: there is no prefix to replace.
        let rewritten = self.nginx.rewrite.as_ref().filter(|_| *kind != PathKind::Default);
        self.items.push(Ok(Draft {
            id: format!("{ingress}/{host}{mark}{path}{root}").into(),
            rewrite: rewritten.map(|target| Rewrite::new(path.len(), Arc::clone(target))),
            origin: Origin { ingress: Arc::clone(ingress), field: field.into(), service_name, port },
            refused: self.nginx.refused.clone(),
            matches,
        }));
    }

    fn spoilt(&mut self, rejection: Rejection, field: String) {
        let refused = self.nginx.refused.clone();
        self.items.push(Err(Box::new(Spoilt { rejection, field: Some(field), refused })));
    }
}

/// Name and port of the Service, or the faulty field under `backend` and what is wrong with it.
fn service(backend: &IngressBackend) -> Result<(Arc<str>, ServicePortRef), (&'static str, String)> {
    let service = match (&backend.service, &backend.resource) {
        (Some(service), None) => service,
        (_, Some(_)) => {
            return Err(("resource", "resource backends are not supported: name a Service".to_owned()));
        }
        (None, None) => return Err(("service", "no Service is named".to_owned())),
    };
    if service.name.is_empty() {
        return Err(("service.name", "the name is empty".to_owned()));
    }
    let port = service.port.as_ref();
    let name = port.and_then(|port| port.name.as_deref()).filter(|name| !name.is_empty());
    let port = match (name, port.and_then(|port| port.number)) {
        (Some(name), None) => ServicePortRef::Name(name.into()),
        (None, Some(number)) => ServicePortRef::Number(number),
        (Some(_), Some(_)) => {
            return Err(("service.port", "give the port's name or its number, not both".to_owned()));
        }
        (None, None) => return Err(("service.port", "no port is given: its name or its number".to_owned())),
    };
    Ok((service.name.as_str().into(), port))
}
