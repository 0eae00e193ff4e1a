//! The split of a Service's port: its own endpoints, and those of the tracks beside it.
//!
//! A Canary's split goes before annotations. Force and stickiness come from the Service's annotations in both cases.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::service::{ServiceAnnotations, TrackAnnotation};
use weir_api::status::{self, TrackShare};
use weir_api::{Share, Track, names};

use super::canaries::Canaries;
use super::endpoints::Endpoints;
use super::services::{Port, PortProblem, Services};
use crate::backend::{Backend, Protocol};
use crate::rejection::{Place, Rejection, annotation_field};
use crate::route::Origin;
use crate::split::{Release, Split, Tracks, Weighted};
use crate::sticky::Cohort;

/// Finds splits, each once.
pub(super) struct Splits<'r, 'o> {
    pub(super) services: Services<'o>,
    pub(super) endpoints: Endpoints<'o>,
    pub(super) canaries: &'r Canaries<'o>,
    /// By service key and port name.
    pub(super) known: FxHashMap<(Arc<str>, Box<str>), Split>,
    pub(super) rejections: &'r mut Vec<Rejection>,
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

impl<'o> Splits<'_, 'o> {
    /// The split of what an Ingress names.
    pub(super) fn of(&mut self, namespace: &str, origin: &Origin) -> Result<Split, PortProblem> {
        let service = (namespace, &*origin.service_name);
        let port = self.services.port(service, &origin.port)?;
        let entry = self.services.get(service).ok_or(PortProblem::NoService)?;
        let (place, key) = (entry.place, Arc::clone(&entry.key));
        let cached = (key, Box::from(port.name));
        if let Some(known) = self.known.get(&cached) {
            return Ok(known.clone());
        }
        let annotations = entry.annotations.clone().unwrap_or_default();
        let split = self.resolve(place, &cached.0, port, &annotations);
        self.known.insert(cached, split.clone());
        Ok(split)
    }

    /// The split of a port that exists of the Service at `place`.
    fn resolve(
        &mut self,
        place: Place<'o>,
        key: &Arc<str>,
        port: Port<'o>,
        annotations: &ServiceAnnotations,
    ) -> Split {
        if let (_, Some(other)) = port.protocol() {
            let message = format!("appProtocol {other:?} of port {} is not supported", port.number);
            self.rejections.push(place.warning("spec.ports", message).keeping("it is spoken to in HTTP/1.1"));
        }
        let canaries = self.canaries;
        let release = canaries.of((place.namespace, place.name));
        let split = release.and_then(|release| Some((release, release.split.as_ref()?)));
        let revision = match (split, release) {
            (Some((_, split)), _) => Some(split.stable_revision.as_str()),
            (None, Some(release)) => release.stable_revision.as_deref(),
            (None, None) => None,
        };
        let stable = self.backend(place.namespace, key, port, Track::Stable, revision);
        if let Some((release, split)) = split {
            let status::Split { epoch, stable_revision: _, canary, baseline } = split;
            let canary = self.weighted(port, Wanted::by_release(Track::Canary, canary, release.place));
            let baseline = baseline
                .as_ref()
                .map(|share| self.weighted(port, Wanted::by_release(Track::Baseline, share, release.place)));
            let release = Release { canary_key: Arc::clone(&release.key), epoch: *epoch };
            return assemble(stable, canary, baseline, annotations, Some(release));
        }
        let Some(canary) = &annotations.canary else { return Split::Single(stable) };
        let canary =
            self.weighted(port, Wanted::by_annotation(Track::Canary, canary, names::CANARY_SERVICE, place));
        let baseline = annotations.baseline.as_ref().map(|baseline| {
            self.weighted(
                port,
                Wanted::by_annotation(Track::Baseline, baseline, names::BASELINE_SERVICE, place),
            )
        });
        assemble(stable, canary, baseline, annotations, None)
    }

    /// A canary or baseline. One that cannot answer is named; stable stands in for it.
    fn weighted(&mut self, stable_port: Port<'_>, wanted: Wanted<'_>) -> Weighted {
        let Wanted { track, service, revision, weight, place, field } = wanted;
        let id = (place.namespace, service);
        let key = self.services.get(id).map(|entry| Arc::clone(&entry.key));
        let key = key.unwrap_or_else(|| format!("{}/{service}", place.namespace).into());
        let backend = match self.services.same_port(id, stable_port) {
            Ok(port) => self.backend(place.namespace, &key, port, track, revision),
            Err(problem) => {
                let why = match problem {
                    PortProblem::NoService => format!("there is no Service {key}"),
                    PortProblem::External => {
                        format!("Service {key} is an ExternalName, which is not supported yet")
                    }
                    PortProblem::NoPort { has } => {
                        format!("Service {key} has no port for stable's {}; it has {has}", stable_port.number)
                    }
                };
                Backend { track, revision: revision.unwrap_or(service).into(), ..dead(&key, why.into()) }
            }
        };
        if let Some(problem) = backend.problem.as_deref().filter(|_| weight > Share::ZERO) {
            let kept = format!("stable takes the {track}'s share of {weight}");
            self.rejections.push(place.warning(field, problem).keeping(kept));
        }
        Weighted { backend, weight }
    }

    fn backend(
        &mut self,
        namespace: &str,
        key: &Arc<str>,
        port: Port<'_>,
        track: Track,
        revision: Option<&str>,
    ) -> Backend {
        let name = name_of(key);
        let ready = self.endpoints.ready((namespace, name), key, port.name);
        // What the controller says; else what the slices say; else the Service stands for its pods.
        let revision = revision.map(Arc::from).or_else(|| ready.revision.clone());
        Backend {
            service: Arc::clone(key),
            track,
            revision: revision.unwrap_or_else(|| name.into()),
            endpoints: Arc::clone(&ready.addresses),
            protocol: port.protocol().0,
            problem: ready.problem.clone(),
        }
    }
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
        problem: Some(problem),
    }
}

/// The name in a service key.
fn name_of(key: &str) -> &str {
    key.split_once('/').map_or(key, |(_, name)| name)
}
