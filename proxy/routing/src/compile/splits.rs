//! The split of a Service's port: its own endpoints, and those of the tracks beside it.
//!
//! A Canary's split goes before annotations. Force and stickiness come from the Service's annotations in both cases.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::service::{ServiceAnnotations, TrackAnnotation};
use weir_api::status::{self, TrackShare};
use weir_api::{Share, Track, names};

use super::canaries::Canaries;
use super::draft::Notes;
use super::endpoints::Endpoints;
use super::services::{Entry, Port, PortProblem, Services};
use crate::backend::{Backend, Protocol, Spoken, UpstreamTls};
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::Origin;
use crate::split::{Besides, Release, Split, Tracks, Weighted};
use crate::sticky::Cohort;

/// Finds splits, each once.
pub(super) struct Splits<'c> {
    pub(super) services: &'c Services,
    pub(super) endpoints: &'c Endpoints,
    pub(super) canaries: &'c Canaries,
    /// By service key, port name, and whether it is the Service's own address that is asked.
    known: FxHashMap<(Arc<str>, Box<str>, bool), Known>,
}

/// A split, and what came up on the way to it.
#[derive(Clone, Debug)]
struct Known {
    split: Split,
    notes: Notes,
}

/// One track as an object asks for it.
struct Wanted<'w> {
    track: Track,
    service: &'w str,
    /// As the controller says; annotations say none.
    revision: Option<&'w str>,
    weight: Share,
    /// Where it was asked for.
    place: Place<'w>,
    field: String,
}

impl<'w> Wanted<'w> {
    fn by_release(track: Track, share: &'w TrackShare, place: Place<'w>) -> Self {
        let field = format!("status.split.{track}.service");
        let TrackShare { service, revision, weight } = share;
        Self { track, service, revision: Some(revision), weight: *weight, place, field }
    }

    fn by_annotation(track: Track, annotation: &'w TrackAnnotation, key: &str, place: Place<'w>) -> Self {
        let TrackAnnotation { service, weight } = annotation;
        Self { track, service, revision: None, weight: *weight, place, field: annotation_field(key) }
    }
}

impl<'c> Splits<'c> {
    pub(super) fn new(services: &'c Services, endpoints: &'c Endpoints, canaries: &'c Canaries) -> Self {
        Self { services, endpoints, canaries, known: FxHashMap::default() }
    }

    /// The split of what an Ingress names.
    pub(super) fn of(
        &mut self,
        namespace: &str,
        origin: &Origin,
        notes: &mut Notes,
    ) -> Result<Split, PortProblem> {
        let key: Arc<str> = format!("{namespace}/{}", origin.service_name).into();
        notes.need_service(&key);
        let entry = self.services.get(&key)?;
        let port = entry.port(&origin.port)?;
        let by_service = is_by_service(origin);
        let cached = (key, Box::from(port.in_slices()), by_service);
        if let Some(known) = self.known.get(&cached) {
            notes.extend(&known.notes);
            return Ok(known.split.clone());
        }
        let known = self.resolve(entry, &port, by_service);
        notes.extend(&known.notes);
        let split = known.split.clone();
        self.known.insert(cached, known);
        Ok(split)
    }

    /// The backend of a canary Ingress's arm, or what is wrong with it.
    pub(super) fn arm(&self, namespace: &str, origin: &Origin, notes: &mut Notes) -> Result<Backend, String> {
        let key: Arc<str> = format!("{namespace}/{}", origin.service_name).into();
        let port = self.services.get(&key).and_then(|entry| entry.port(&origin.port));
        let port = port.map_err(|problem| problem.said(&key, &origin.port));
        notes.need_service(&key);
        Ok(self.backend(&key, &*port?, Track::Canary, None, is_by_service(origin)))
    }

    /// The backend of a Service's first port, or what is wrong with it.
    pub(super) fn first_port(
        &self,
        namespace: &str,
        name: &str,
        notes: &mut Notes,
    ) -> Result<Backend, String> {
        let key: Arc<str> = format!("{namespace}/{name}").into();
        let port = self.services.get(&key).and_then(Entry::first_port);
        let port = port.map_err(|problem| problem.said(&key, &"at all"));
        notes.need_service(&key);
        Ok(self.backend(&key, &*port?, Track::Stable, None, false))
    }

    /// The split of a port that exists of a Service.
    fn resolve(&self, entry: &Entry, port: &Port, by_service: bool) -> Known {
        let place = Place::of("Service", &entry.key);
        let mut notes = Notes::default();
        notes.rejections.extend(unlike_asked(port, by_service, place));
        let none = ServiceAnnotations::default();
        let annotations = entry.annotations.as_deref().unwrap_or(&none);
        let release = self.canaries.of(&entry.key);
        let split = release.and_then(|release| Some((release, release.split.as_ref()?)));
        let revision = match (split, release) {
            (Some((_, split)), _) => Some(split.stable_revision.as_str()),
            (None, Some(release)) => release.stable_revision.as_deref(),
            (None, None) => None,
        };
        let stable = self.backend(&entry.key, port, Track::Stable, revision, by_service);
        let mut weighted = |wanted: Wanted<'_>| self.weighted(port, &wanted, by_service, &mut notes);
        let split = if let Some((release, split)) = split {
            let status::Split { epoch, stable_revision: _, canary, baseline, .. } = split;
            let at = Place::of("Canary", &release.key);
            let canary = weighted(Wanted::by_release(Track::Canary, canary, at));
            let baseline =
                baseline.as_ref().map(|share| weighted(Wanted::by_release(Track::Baseline, share, at)));
            let release = Release { canary_key: Arc::clone(&release.key), epoch: *epoch };
            let mut assembled = assemble(stable, canary, baseline, annotations, Some(release));
            let besides = Besides::of(split, |field, error| {
                let kept = if field.contains("mirror") {
                    "no copies of such requests"
                } else {
                    "such requests go by the weights"
                };
                notes.rejections.push(at.error(field, error.to_string()).keeping(kept));
            });
            if let Split::Tracks(tracks) = &mut assembled {
                tracks.besides = besides;
            }
            assembled
        } else if let Some(canary) = &annotations.canary {
            let canary = weighted(Wanted::by_annotation(Track::Canary, canary, names::CANARY_SERVICE, place));
            let by_annotation =
                |baseline| Wanted::by_annotation(Track::Baseline, baseline, names::BASELINE_SERVICE, place);
            let baseline = annotations.baseline.as_ref().map(|baseline| weighted(by_annotation(baseline)));
            assemble(stable, canary, baseline, annotations, None)
        } else {
            Split::Single(stable)
        };
        Known { split, notes }
    }

    /// A canary or baseline. One that cannot answer is named; stable stands in for it.
    fn weighted(
        &self,
        stable_port: &Port,
        wanted: &Wanted<'_>,
        by_service: bool,
        notes: &mut Notes,
    ) -> Weighted {
        let Wanted { track, service, revision, weight, place, field } = wanted;
        let key: Arc<str> = format!("{}/{service}", place.namespace).into();
        notes.need_service(&key);
        let port = self.services.get(&key).and_then(|entry| entry.same_port(stable_port));
        let backend = match port {
            Ok(port) => self.backend(&key, &port, *track, *revision, by_service),
            Err(problem) => {
                let why = problem.said(&key, &format_args!("for stable's {}", stable_port.number));
                Backend {
                    track: *track,
                    revision: revision.unwrap_or(service).into(),
                    ..dead(&key, why.into())
                }
            }
        };
        if let Some(problem) = backend.problem.as_deref().filter(|_| *weight > Share::ZERO) {
            let kept = format!("stable takes the {track}'s share of {weight}");
            notes.rejections.push(place.warning(field, problem).keeping(kept));
        }
        Weighted { backend, weight: *weight }
    }

    fn backend(
        &self,
        key: &Arc<str>,
        port: &Port,
        track: Track,
        revision: Option<&str>,
        by_service: bool,
    ) -> Backend {
        let ready = self.endpoints.ready(key, port.in_slices());
        // A Service whose endpoints are not ready answers nothing at its own address either.
        let own = port.own.filter(|_| by_service && !ready.addresses.is_empty());
        // What the controller says; else what the slices say; else the Service stands for its pods.
        let revision = revision.map(Arc::from).or(ready.revision);
        let (Spoken { protocol, tls }, _) = port.spoken();
        Backend {
            service: Arc::clone(key),
            track,
            revision: revision.unwrap_or_else(|| name_of(key).into()),
            endpoints: own.map_or(ready.addresses, |own| Arc::from([own])),
            protocol,
            tls: tls.then(|| Arc::new(UpstreamTls::default())),
            problem: ready.problem,
        }
    }
}

/// What a port is not, although its Service or an Ingress says so.
fn unlike_asked(port: &Port, by_service: bool, place: Place<'_>) -> impl Iterator<Item = Rejection> {
    let unsupported = port.spoken().1.map(|other| {
        let message = format!("appProtocol {other:?} of port {} is not supported", port.number);
        place.warning("spec.ports", message).keeping("it is spoken to in HTTP/1.1")
    });
    let no_address = (by_service && port.own.is_none()).then(|| {
        let message =
            "service-upstream needs an address of the Service's own (spec.clusterIP), and it has none";
        place.warning("spec.clusterIP", message).keeping("its endpoints are asked")
    });
    unsupported.into_iter().chain(no_address)
}

/// Whether requests go to the Service's own address (`service-upstream`).
fn is_by_service(origin: &Origin) -> bool {
    origin.settings.as_ref().is_some_and(|settings| settings.by_service)
}

fn assemble(
    stable: Backend,
    canary: Weighted,
    baseline: Option<Weighted>,
    annotations: &ServiceAnnotations,
    release: Option<Release>,
) -> Split {
    let owner = release.as_ref().map_or(&stable.service, |release| &release.canary_key);
    let cohort = annotations.sticky.clone().map(|key| Cohort::new(key, owner, &canary.backend.revision));
    let alone = stable.clone();
    // Both sources were checked for weights above the whole.
    let Some(mut tracks) = Tracks::new(stable, canary, baseline) else { return Split::Single(alone) };
    (tracks.release, tracks.cohort) = (release, cohort);
    tracks.force.clone_from(&annotations.force);
    Split::Tracks(Box::new(tracks))
}

/// A backend that answers nothing.
pub(super) fn dead(service: &Arc<str>, problem: Arc<str>) -> Backend {
    Backend {
        service: Arc::clone(service),
        track: Track::Stable,
        revision: name_of(service).into(),
        endpoints: Arc::from([]),
        protocol: Protocol::default(),
        tls: None,
        problem: Some(problem),
    }
}

/// The name in a service key.
fn name_of(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}
