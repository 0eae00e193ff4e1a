//! Ingresses: one draft of a route for each path, oldest Ingress first.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend, IngressRule};
use weir_api::names;

use super::draft::{Arm, Draft, Item, Spoilt};
use super::hosts::HostSettings;
use super::nginx::{self, Nginx, Unsupported};
use super::{Classes, Options, backends, path, standing_in};
use crate::pattern::Pattern;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::{Match, Origin, PathKind};

/// An Ingress, read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Its paths in their order.
    pub(super) items: Vec<Item>,
    /// The paths of a canary Ingress, which has no others.
    pub(super) arms: Vec<Arm>,
    /// What it says about its hosts, if anything.
    pub(super) hosts: Option<Arc<HostSettings>>,
    /// What is wrong besides.
    pub(super) said: Vec<Rejection>,
}

/// Reads one Ingress.
pub(super) fn read(ingress: &Ingress, options: &Options) -> Read {
    let mut read = Read::default();
    let place = Place::new("Ingress", &ingress.metadata);
    misplaced(ingress, place, &mut read.said);
    let mut nginx = nginx::read(ingress, place, options, &mut read.said);
    match nginx.unsupported.take() {
        None => {
            let key = place.key();
            let mut reader = Reader { place, key, nginx, options, hosts: BTreeSet::new(), read: &mut read };
            reader.ingress(ingress);
            reader.about_hosts(ingress);
        }
        Some(Unsupported(rejection)) if nginx.canary.is_none() => {
            read.items.push(Err(Box::new(Spoilt { rejection, field: None, refused: nginx.refused })));
        }
        Some(Unsupported(rejection)) => read.said.push(rejection.keeping("the main Ingress is served alone")),
    }
    read
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
    key: Arc<str>,
    nginx: Nginx,
    options: &'r Options,
    /// Hosts of the rules so far.
    hosts: BTreeSet<Arc<str>>,
    read: &'r mut Read,
}

impl<'o> Reader<'_, 'o> {
    fn ingress(&mut self, ingress: &'o Ingress) {
        let rules = ingress.spec.as_ref().and_then(|spec| spec.rules.as_deref()).unwrap_or_default();
        let default = ingress.spec.as_ref().and_then(|spec| spec.default_backend.as_ref());
        if rules.is_empty() && default.is_none() {
            self.read
                .said
                .push(self.place.error("spec", "neither rules nor a default backend: give one of them"));
        }
        for (index, rule) in rules.iter().enumerate() {
            self.rule(rule, &format!("spec.rules[{index}]"));
        }
        if let Some(backend) = default {
            let hosts = if rules.is_empty() { BTreeSet::from(["*".into()]) } else { self.hosts.clone() };
            for host in hosts {
                let matches = Match { host, path: "".into(), kind: PathKind::Default };
                self.push(matches, "".into(), None, backend, "spec.defaultBackend", "spec.defaultBackend");
            }
        }
    }

    /// What it says about its hosts, and what stands in for paths that nobody wrote. A canary Ingress says nothing about them.
    fn about_hosts(&mut self, ingress: &Ingress) {
        if self.nginx.canary.is_some() {
            return;
        }
        let mut settings = std::mem::take(&mut self.nginx.hosts);
        settings.hosts = self.hosts.iter().map(Arc::clone).collect();
        settings.has_tls =
            ingress.spec.as_ref().and_then(|spec| spec.tls.as_ref()).is_some_and(|tls| !tls.is_empty());
        let asked = standing_in::Asked {
            ingress: &self.key,
            nginx: &self.nginx,
            app_root: settings.app_root.is_some(),
        };
        let drafts = standing_in::drafts(&asked, &settings.hosts);
        settings.stands_in = drafts.iter().map(|draft| Arc::clone(&draft.matches.host)).collect();
        settings.stands_in.retain(|host| !settings.hosts.contains(host));
        self.read.items.extend(drafts.into_iter().map(Ok));
        self.read.hosts = Some(settings).filter(|settings| !settings.is_plain()).map(Arc::new);
    }

    fn rule(&mut self, rule: &'o IngressRule, field: &str) {
        let paths = rule.http.as_ref().map(|http| http.paths.as_slice()).unwrap_or_default();
        match path::host(rule.host.as_deref()) {
            Ok(host) => {
                self.hosts.insert(Arc::clone(&host));
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
        let raw = written.path.as_deref().unwrap_or_default();
        let text: Arc<str> = if raw.is_empty() { "/" } else { raw }.into();
        let settings = self.nginx.settings.as_ref();
        let is_regex = settings.is_some_and(|settings| settings.is_regex(&text));
        let read = path::kind(&written.path_type).map_err(|message| ("pathType", message)).and_then(|kind| {
            let read = path::path(raw, kind, is_regex, self.options).map_err(|message| ("path", message))?;
            Ok((kind, read))
        });
        let read = read.and_then(|(kind, path)| {
            let is_special = kind == PathKind::ImplementationSpecific && path::looks_like_regex(&text);
            let pattern = match Pattern::path(&text) {
                Ok(pattern) => is_special.then(|| Arc::new(pattern)),
                // Letter by letter, unless it is meant as an expression.
                Err(_) if !is_regex => None,
                Err(error) => return Err(("path", error.to_string())),
            };
            Ok((kind, path, pattern))
        });
        match read {
            Ok((kind, path, pattern)) => {
                let matches = Match { host: Arc::clone(host), path, kind };
                self.push(matches, text, pattern, &written.backend, field, &format!("{field}.backend"));
            }
            Err((name, message)) => {
                let rejection = self.place.error(format!("{field}.{name}"), message);
                self.spoilt(rejection, field.to_owned());
            }
        }
    }

    /// Adds the draft of a path whose backend stands at `backend_field`.
    fn push(
        &mut self,
        matches: Match,
        text: Arc<str>,
        pattern: Option<Arc<Pattern>>,
        backend: &'o IngressBackend,
        field: &str,
        backend_field: &str,
    ) {
        let (service_name, port) = match backends::service(backend) {
            Ok(read) => read,
            Err((name, message)) => {
                let rejection = self.place.error(format!("{backend_field}.{name}"), message);
                return self.spoilt(rejection, field.to_owned());
            }
        };
        let origin = Origin {
            ingress: Arc::clone(&self.key),
            field: field.into(),
            service_name,
            port,
            text,
            settings: self.nginx.settings.clone(),
            stands_in: None,
        };
        if let Some(rule) = &self.nginx.canary {
            self.read.arms.push(Arm { matches, origin, rule: Arc::clone(rule) });
            return;
        }
        let Match { host, path, kind } = &matches;
        let mark = if *kind == PathKind::Exact { "=" } else { "" };
        let root = if path.is_empty() && *kind == PathKind::Prefix { "/" } else { "" };
        self.read.items.push(Ok(Draft {
            id: format!("{}/{host}{mark}{path}{root}", self.key).into(),
            origin,
            refused: self.nginx.refused.clone(),
            pattern,
            matches,
        }));
    }

    fn spoilt(&mut self, rejection: Rejection, field: String) {
        if self.nginx.canary.is_some() {
            self.read.said.push(rejection.keeping("the main Ingress is served alone"));
            return;
        }
        let refused = self.nginx.refused.clone();
        self.read.items.push(Err(Box::new(Spoilt { rejection, field: Some(field), refused })));
    }
}
