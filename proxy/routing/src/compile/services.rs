//! Services: their ports, and their annotations with the last good value for each that cannot be read.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use rustc_hash::FxHashMap;
use weir_api::Share;
use weir_api::names;
use weir_api::service::{AnnotationProblem, ServiceAnnotations, TrackAnnotation};

use super::by_name::ByName;
use crate::backend::Protocol;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::ServicePortRef;
use crate::table::Table;

/// Every Service, by namespace and name.
#[derive(Debug, Default)]
pub(super) struct Services<'o> {
    by_name: ByName<'o, Entry<'o>>,
}

/// One Service.
#[derive(Debug)]
pub(super) struct Entry<'o> {
    pub(super) key: Arc<str>,
    pub(super) place: Place<'o>,
    /// In force; none: it has none of ours.
    pub(super) annotations: Option<ServiceAnnotations>,
    service: &'o Service,
}

/// A port of a Service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port<'o> {
    /// Its name; empty where the Service has one port without a name. EndpointSlices carry the same name.
    pub(super) name: &'o str,
    pub(super) number: i32,
    app_protocol: Option<&'o str>,
}

impl Port<'_> {
    /// What the port speaks, and the `appProtocol` that was not understood.
    pub(super) fn protocol(&self) -> (Protocol, Option<&str>) {
        match self.app_protocol {
            None | Some("" | "http" | "kubernetes.io/ws") => (Protocol::Http1, None),
            Some("kubernetes.io/h2c") => (Protocol::H2c, None),
            Some(other) => (Protocol::Http1, Some(other)),
        }
    }
}

/// Why a Service has no such port.
#[derive(Debug)]
pub(super) enum PortProblem {
    /// There is no such Service.
    NoService,
    /// The Service is a name elsewhere.
    External,
    /// It has other ports.
    NoPort {
        /// Its ports, for people.
        has: String,
    },
}

impl<'o> Services<'o> {
    pub(super) fn read(
        services: &'o [Service],
        previous: Option<&Table>,
        rejections: &mut Vec<Rejection>,
    ) -> Self {
        let mut by_name = ByName::default();
        for service in services {
            let place = Place::new("Service", &service.metadata);
            let key = place.key();
            let last = previous.and_then(|table| table.memory().annotations.get(&key));
            let annotations = annotations(service, place, last, rejections);
            by_name.insert((place.namespace, place.name), Entry { key, place, annotations, service });
        }
        Self { by_name }
    }

    pub(super) fn get(&self, service: (&str, &str)) -> Option<&Entry<'o>> {
        self.by_name.get(service)
    }

    /// The port that an Ingress means.
    pub(super) fn port(
        &self,
        service: (&str, &str),
        wanted: &ServicePortRef,
    ) -> Result<Port<'o>, PortProblem> {
        let is_wanted = |port: &ServicePort| match wanted {
            ServicePortRef::Name(name) => port.name.as_deref() == Some(name),
            ServicePortRef::Number(number) => port.port == *number,
        };
        self.find_port(service, is_wanted)
    }

    /// The port of a track's Service that stands for `stable`, a port of the stable one: of the same name, else of the same number, else the only one.
    pub(super) fn same_port(&self, service: (&str, &str), stable: Port<'_>) -> Result<Port<'o>, PortProblem> {
        let named = |port: &ServicePort| port.name.as_deref().unwrap_or_default() == stable.name;
        self.find_port(service, named)
            .or_else(|_| self.find_port(service, |port| port.port == stable.number))
            .or_else(|_| {
                let only = self.by_name.get(service).is_some_and(|entry| ports(entry.service).len() == 1);
                self.find_port(service, |_| only)
            })
    }

    fn find_port(
        &self,
        service: (&str, &str),
        is_wanted: impl Fn(&ServicePort) -> bool,
    ) -> Result<Port<'o>, PortProblem> {
        let service = self.by_name.get(service).ok_or(PortProblem::NoService)?.service;
        if service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("ExternalName") {
            return Err(PortProblem::External);
        }
        let port = ports(service).iter().find(|port| is_wanted(port)).ok_or_else(|| {
            let name = |p: &ServicePort| {
                p.name.as_ref().map_or(p.port.to_string(), |n| format!("{n:?} ({})", p.port))
            };
            let known: Vec<String> = ports(service).iter().map(name).collect();
            PortProblem::NoPort { has: if known.is_empty() { "none".to_owned() } else { known.join(", ") } }
        })?;
        Ok(Port {
            name: port.name.as_deref().unwrap_or_default(),
            number: port.port,
            app_protocol: port.app_protocol.as_deref(),
        })
    }

    /// Annotations in force, by service key.
    pub(super) fn in_force(&self) -> FxHashMap<Arc<str>, ServiceAnnotations> {
        let known = |entry: &Entry<'_>| Some((Arc::clone(&entry.key), entry.annotations.clone()?));
        self.by_name.values().filter_map(known).collect()
    }
}

fn ports(service: &Service) -> &[ServicePort] {
    service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default()
}

/// The annotations in force: those that can be read, and the last good value of those that cannot.
fn annotations(
    service: &Service,
    place: Place<'_>,
    last: Option<&ServiceAnnotations>,
    rejections: &mut Vec<Rejection>,
) -> Option<ServiceAnnotations> {
    let written = service.metadata.annotations.as_ref()?;
    if !written.keys().any(|key| key.starts_with(names::PREFIX)) {
        return None;
    }
    let (mut read, problems) = ServiceAnnotations::parse(written);
    let last = last.cloned().unwrap_or_default();
    for (key, problem) in problems {
        let rejection = match problem {
            AnnotationProblem::Unknown { .. } => place
                .warning(annotation_field(&key), problem.to_string())
                .keeping("the Service is served without it"),
            AnnotationProblem::Share(_)
            | AnnotationProblem::WeightWithoutService { .. }
            | AnnotationProblem::Over
            | AnnotationProblem::Sticky(_)
            | AnnotationProblem::ValueWithoutHeader
            | AnnotationProblem::Name(_) => {
                let kept = restore(&mut read, &last, &key, &problem);
                place.error(annotation_field(&key), problem.to_string()).keeping(kept)
            }
        };
        rejections.push(rejection);
    }
    let sum = weight(read.canary.as_ref()).checked_add(weight(read.baseline.as_ref()));
    if sum.is_none() {
        // One of them was restored, and does not fit beside the other's new value.
        (read.canary, read.baseline) = (last.canary, last.baseline);
    }
    if let (None, Some(baseline)) = (&read.canary, read.baseline.take_if(|_| read.canary.is_none())) {
        let message = format!(
            "a baseline ({}) without a canary to compare: give {}",
            baseline.service,
            names::CANARY_SERVICE
        );
        let field = annotation_field(names::BASELINE_SERVICE);
        rejections.push(place.warning(field, message).keeping("all requests go to stable"));
    }
    Some(read)
}

fn weight(track: Option<&TrackAnnotation>) -> Share {
    track.map_or(Share::ZERO, |track| track.weight)
}

/// Puts the last good value in place of the one at `key`, and says so.
fn restore(
    read: &mut ServiceAnnotations,
    last: &ServiceAnnotations,
    key: &str,
    problem: &AnnotationProblem,
) -> String {
    let say = |name: &str, track: Option<&TrackAnnotation>| match track {
        Some(track) => {
            format!("the last good {name}, {} with {}, stays in force", track.service, track.weight)
        }
        None => format!("there is no {name}"),
    };
    match (problem, key) {
        // Without its Service there is no track: taking that annotation away is how a user ends a split.
        (AnnotationProblem::WeightWithoutService { .. }, _) => "there is no such track".to_owned(),
        (AnnotationProblem::Over, _) => {
            (read.canary, read.baseline) = (last.canary.clone(), last.baseline.clone());
            format!("{}; {}", say("canary", last.canary.as_ref()), say("baseline", last.baseline.as_ref()))
        }
        (_, names::CANARY_SERVICE | names::CANARY_WEIGHT) => {
            read.canary.clone_from(&last.canary);
            say("canary", last.canary.as_ref())
        }
        (_, names::BASELINE_SERVICE | names::BASELINE_WEIGHT) => {
            read.baseline.clone_from(&last.baseline);
            say("baseline", last.baseline.as_ref())
        }
        (_, names::CANARY_HEADER | names::CANARY_HEADER_VALUE) => {
            read.force.header.clone_from(&last.force.header);
            read.force.header_value.clone_from(&last.force.header_value);
            last.force.header.as_ref().map_or("no header forces a track".to_owned(), |h| {
                format!("the last good one, {h}, stays in force")
            })
        }
        (_, names::CANARY_COOKIE) => {
            read.force.cookie.clone_from(&last.force.cookie);
            last.force.cookie.as_ref().map_or("no cookie forces a track".to_owned(), |c| {
                format!("the last good one, {c}, stays in force")
            })
        }
        _ => {
            read.sticky.clone_from(&last.sticky);
            let kept = if last.sticky.is_some() {
                "the last good one stays in force"
            } else {
                "users do not stay on one track"
            };
            kept.to_owned()
        }
    }
}
