//! Services: their ports, and their annotations with the last good value for each that cannot be read.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use rustc_hash::FxHashMap;
use weir_api::Share;
use weir_api::names;
use weir_api::service::{AnnotationProblem, ServiceAnnotations, TrackAnnotation};

use crate::backend::{Protocol, Spoken};
use crate::external;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::ServicePortRef;

/// Every Service, by its key `namespace/name`.
#[derive(Debug, Default)]
pub(super) struct Services {
    by_key: FxHashMap<Arc<str>, Entry>,
}

/// One Service, read.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Arc<str>,
    /// In force; none: it has none of ours.
    pub(super) annotations: Option<Arc<ServiceAnnotations>>,
    /// What is wrong with it.
    pub(super) rejections: Vec<Rejection>,
    /// Whether it is a name elsewhere, which has every port.
    external: bool,
    ports: Box<[Port]>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Port {
    /// Its name; empty where the Service has one port without a name. EndpointSlices carry the same name.
    pub(super) name: Box<str>,
    pub(super) number: i32,
    is_named: bool,
    /// The Service's own address, where it has one.
    pub(super) own: Option<SocketAddr>,
    app_protocol: Option<Box<str>>,
    /// The port of an `ExternalName`'s addresses, as text: no EndpointSlice knows it.
    elsewhere: Option<Box<str>>,
}

impl Port {
    /// As its EndpointSlices name it: those of a name elsewhere have every port, by its number.
    pub(super) fn in_slices(&self) -> &str {
        self.elsewhere.as_deref().unwrap_or(&self.name)
    }

    /// The port that a name elsewhere is reached at, as ingress-nginx has it: a target port that is a number, else the port itself.
    fn number_elsewhere(port: &ServicePort) -> Box<str> {
        match &port.target_port {
            Some(IntOrString::Int(number)) if *number > 0 => number.to_string().into(),
            _ => port.port.to_string().into(),
        }
    }

    /// One that no Service lists, of a name elsewhere.
    fn unlisted(number: i32) -> Self {
        let elsewhere = Some(number.to_string().into());
        Self { name: Box::default(), number, is_named: false, own: None, app_protocol: None, elsewhere }
    }

    /// What the port speaks, and the `appProtocol` that was not understood.
    pub(super) fn spoken(&self) -> (Spoken, Option<&str>) {
        match self.app_protocol.as_deref() {
            None | Some("" | "http" | "kubernetes.io/ws") => (Spoken::default(), None),
            Some("kubernetes.io/h2c") => (Spoken::clear(Protocol::Http2), None),
            Some("https" | "kubernetes.io/wss") => (Spoken::tls(Protocol::Http1), None),
            Some(other) => (Spoken::default(), Some(other)),
        }
    }
}

/// Why a Service has no such port.
#[derive(Debug)]
pub(super) enum PortProblem {
    /// There is no such Service.
    NoService,
    /// It has other ports.
    NoPort {
        /// Its ports, for people.
        has: String,
    },
}

impl PortProblem {
    /// All of it in one sentence about the Service of this key, of which a port was `wanted`.
    pub(super) fn said(&self, key: &str, wanted: &dyn fmt::Display) -> String {
        match self {
            Self::NoService => format!("there is no Service {key}"),
            Self::NoPort { has } => format!("Service {key} has no port {wanted}; it has {has}"),
        }
    }
}

impl Entry {
    /// Reads a Service; `last` are its annotations in force so far.
    pub(super) fn read(service: &Service, last: Option<&Arc<ServiceAnnotations>>) -> Self {
        let place = Place::new("Service", &service.metadata);
        let mut rejections = Vec::new();
        let annotations =
            annotations(service, place, last.map(|last| &**last), &mut rejections).map(Arc::new);
        let spec = service.spec.as_ref();
        let ports = spec.and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
        let ip = spec.and_then(|spec| spec.cluster_ip.as_deref()?.parse().ok());
        let external = external::name_of(service).is_some();
        let port = |port: &ServicePort| Port {
            name: port.name.as_deref().unwrap_or_default().into(),
            number: port.port,
            is_named: port.name.is_some(),
            own: ip.and_then(|ip| Some(SocketAddr::new(ip, u16::try_from(port.port).ok()?))),
            app_protocol: port.app_protocol.as_deref().map(Box::from),
            elsewhere: external.then(|| Port::number_elsewhere(port)),
        };
        Self { key: place.key(), annotations, rejections, external, ports: ports.iter().map(port).collect() }
    }

    /// The port that an Ingress means.
    pub(super) fn port(&self, wanted: &ServicePortRef) -> Result<Cow<'_, Port>, PortProblem> {
        let known = self.find_port(|port| match wanted {
            ServicePortRef::Name(name) => port.is_named && *port.name == **name,
            ServicePortRef::Number(number) => port.number == *number,
        });
        match wanted {
            ServicePortRef::Number(number) => known.or_else(|problem| self.any(*number, problem)),
            ServicePortRef::Name(_) => known,
        }
    }

    /// The port of a track's Service that stands for `stable`, a port of the stable one: of the same name, else of the same number, else the only one.
    pub(super) fn same_port(&self, stable: &Port) -> Result<Cow<'_, Port>, PortProblem> {
        self.find_port(|port| port.name == stable.name)
            .or_else(|_| self.find_port(|port| port.number == stable.number))
            .or_else(|_| self.find_port(|_| self.ports.len() == 1))
            .or_else(|problem| self.any(stable.number, problem))
    }

    /// The first of its ports.
    pub(super) fn first_port(&self) -> Result<Cow<'_, Port>, PortProblem> {
        self.find_port(|_| true)
    }

    /// A port that is not listed, which a name elsewhere may have.
    fn any(&self, number: i32, problem: PortProblem) -> Result<Cow<'_, Port>, PortProblem> {
        if self.external { Ok(Cow::Owned(Port::unlisted(number))) } else { Err(problem) }
    }

    fn find_port(&self, is_wanted: impl Fn(&Port) -> bool) -> Result<Cow<'_, Port>, PortProblem> {
        self.ports.iter().find(|port| is_wanted(port)).map(Cow::Borrowed).ok_or_else(|| {
            let name = |p: &Port| {
                if p.is_named { format!("{:?} ({})", p.name, p.number) } else { p.number.to_string() }
            };
            let known: Vec<String> = self.ports.iter().map(name).collect();
            PortProblem::NoPort { has: if known.is_empty() { "none".to_owned() } else { known.join(", ") } }
        })
    }
}

impl Services {
    pub(super) fn get(&self, key: &str) -> Result<&Entry, PortProblem> {
        self.by_key.get(key).ok_or(PortProblem::NoService)
    }

    /// Puts a Service in place of the one of the same key, or takes it away. Whether that makes a difference.
    pub(super) fn set(&mut self, key: &Arc<str>, entry: Option<Entry>) -> bool {
        if self.by_key.get(key) == entry.as_ref() {
            return false;
        }
        match entry {
            Some(entry) => self.by_key.insert(Arc::clone(key), entry),
            None => self.by_key.remove(key),
        };
        true
    }
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
            AnnotationProblem::Unknown(_) => place
                .warning(annotation_field(&key), problem.to_string())
                .keeping("the Service is served without it"),
            AnnotationProblem::Share(_)
            | AnnotationProblem::WeightWithoutService(_)
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
        (AnnotationProblem::WeightWithoutService(_), _) => "there is no such track".to_owned(),
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
