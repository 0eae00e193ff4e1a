//! Which objects are new, different or gone.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use rustc_hash::{FxHashMap, FxHashSet};
use weir_api::{Canary, CanaryStatus};

use super::rank::Rank;
use super::{Objects, Options, ingresses};
use crate::rejection::{Place, Rejection};

/// Objects that are new or different, and those that are gone, by key `namespace/name`.
#[derive(Debug, Default)]
pub struct Changes<'o> {
    pub(super) ingresses: Changed<'o, Ingress>,
    pub(super) services: Changed<'o, Service>,
    pub(super) endpoint_slices: Changed<'o, EndpointSlice>,
    pub(super) secrets: Changed<'o, Secret>,
    pub(super) config_maps: Changed<'o, ConfigMap>,
    pub(super) canaries: Changed<'o, Canary>,
    pub(super) statuses: Changed<'o, CanaryStatus>,
    /// Faults of Ingresses that have the name of another one; `None`: as before.
    pub(super) twins: Option<Vec<Rejection>>,
    /// How they are read.
    pub(super) options: Options,
}

/// By key: the object, or `None` where it is gone.
pub(super) type Changed<'o, T> = Vec<(Arc<str>, Option<&'o T>)>;

impl<'o> Changes<'o> {
    /// What is different between two whole sets of objects. Sets that have most of their objects in the same order are compared fastest.
    #[must_use]
    pub fn between(before: &'o Objects, now: &'o Objects, options: &Options) -> Self {
        let is_ours = |ingress: &&Ingress| ingresses::is_ours(ingress, &options.classes);
        let (mut ingresses, twins) =
            if has_twins(&before.ingresses, |i| &i.metadata) || has_twins(&now.ingresses, |i| &i.metadata) {
                let (before, _) = singles(before.ingresses.iter().filter(is_ours));
                let (now, twins) = singles(now.ingresses.iter().filter(is_ours));
                (difference(before, now), twins)
            } else {
                (changed(&before.ingresses, &now.ingresses, |i| &i.metadata), Vec::new())
            };
        for (_, ingress) in &mut ingresses {
            *ingress = ingress.filter(is_ours);
        }
        let mut statuses = Changed::default();
        for key in before.statuses.keys().chain(now.statuses.keys()) {
            let status = now.statuses.get(key);
            if before.statuses.get(key) != status {
                statuses.push((key.as_str().into(), status));
            }
        }
        Self {
            ingresses,
            services: changed(&before.services, &now.services, |s| &s.metadata),
            endpoint_slices: changed(&before.endpoint_slices, &now.endpoint_slices, |s| &s.metadata),
            secrets: changed(&before.secrets, &now.secrets, |s| &s.metadata),
            config_maps: changed(&before.config_maps, &now.config_maps, |m| &m.metadata),
            canaries: changed(&before.canaries, &now.canaries, |c| &c.metadata),
            statuses,
            twins: Some(twins),
            options: options.clone(),
        }
    }

    /// No changes yet, of objects that are read in this way.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self { options: options.clone(), ..Self::default() }
    }

    /// An Ingress that is ours, by its key `namespace/name`; `None`: it is gone, or not ours any more.
    pub fn ingress(&mut self, key: &Arc<str>, now: Option<&'o Ingress>) {
        self.ingresses.push((Arc::clone(key), now));
    }

    /// A Service, by its key; `None`: it is gone.
    pub fn service(&mut self, key: &Arc<str>, now: Option<&'o Service>) {
        self.services.push((Arc::clone(key), now));
    }

    /// An EndpointSlice, by its key; `None`: it is gone.
    pub fn endpoint_slice(&mut self, key: &Arc<str>, now: Option<&'o EndpointSlice>) {
        self.endpoint_slices.push((Arc::clone(key), now));
    }

    /// A Secret, by its key; `None`: it is gone.
    pub fn secret(&mut self, key: &Arc<str>, now: Option<&'o Secret>) {
        self.secrets.push((Arc::clone(key), now));
    }

    /// A ConfigMap, by its key; `None`: it is gone.
    pub fn config_map(&mut self, key: &Arc<str>, now: Option<&'o ConfigMap>) {
        self.config_maps.push((Arc::clone(key), now));
    }

    /// A Canary, by its key; `None`: it is gone.
    pub fn canary(&mut self, key: &Arc<str>, now: Option<&'o Canary>) {
        self.canaries.push((Arc::clone(key), now));
    }

    /// Whether nothing is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            ingresses,
            services,
            endpoint_slices,
            secrets,
            config_maps,
            canaries,
            statuses,
            twins: _,
            options: _,
        } = self;
        let no_routes = ingresses.is_empty() && services.is_empty() && endpoint_slices.is_empty();
        let no_named = secrets.is_empty() && config_maps.is_empty();
        no_routes && no_named && canaries.is_empty() && statuses.is_empty()
    }
}

/// Namespace and name of an object, and its number among those of the same name.
type Name<'o> = (&'o str, &'o str, usize);

fn changed<'o, T: PartialEq>(
    before: &'o [T],
    now: &'o [T],
    metadata: impl Fn(&T) -> &ObjectMeta + Copy,
) -> Changed<'o, T> {
    if has_twins(before, metadata) || has_twins(now, metadata) {
        return difference(named(before.iter(), metadata), named(now.iter(), metadata));
    }
    // What both begin and end with needs no names.
    let same = before.iter().zip(now).take_while(|(a, b)| a == b).count();
    let (before, now) = (before.get(same..).unwrap_or_default(), now.get(same..).unwrap_or_default());
    let same = before.iter().rev().zip(now.iter().rev()).take_while(|(a, b)| a == b).count();
    let but_last = |objects: &'o [T]| objects.iter().take(objects.len() - same);
    difference(named(but_last(before), metadata), named(but_last(now), metadata))
}

fn difference<'o, T: PartialEq>(
    before: Vec<(Name<'o>, &'o T)>,
    now: Vec<(Name<'o>, &'o T)>,
) -> Changed<'o, T> {
    let mut before: FxHashMap<Name<'o>, &'o T> = before.into_iter().collect();
    let mut changed: Changed<'o, T> = Vec::with_capacity(now.len());
    for (name, object) in now {
        if before.remove(&name) != Some(object) {
            changed.push((id_of(name), Some(object)));
        }
    }
    changed.extend(before.into_keys().map(|name| (id_of(name), None)));
    changed
}

/// The key; of a twin with its number.
fn id_of((namespace, name, number): Name<'_>) -> Arc<str> {
    match number {
        0 => format!("{namespace}/{name}").into(),
        _ => format!("{namespace}/{name}#{number}").into(),
    }
}

fn has_twins<T>(objects: &[T], metadata: impl Fn(&T) -> &ObjectMeta) -> bool {
    let mut seen = FxHashSet::default();
    let name = |object| {
        let place = Place::new("", metadata(object));
        (place.namespace, place.name)
    };
    !objects.iter().all(|object| seen.insert(name(object)))
}

fn named<'o, T>(
    objects: impl Iterator<Item = &'o T>,
    metadata: impl Fn(&T) -> &ObjectMeta,
) -> Vec<(Name<'o>, &'o T)> {
    let mut seen: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    let name = |object: &'o T| {
        let place = Place::new("", metadata(object));
        let number = seen.entry((place.namespace, place.name)).or_default();
        *number += 1;
        ((place.namespace, place.name, *number - 1), object)
    };
    objects.map(name).collect()
}

/// The oldest Ingress of each name, and the faults of the others.
fn singles<'o>(
    ingresses: impl Iterator<Item = &'o Ingress>,
) -> (Vec<(Name<'o>, &'o Ingress)>, Vec<Rejection>) {
    let rank = |ingress: &Ingress| Rank::new(&ingress.metadata, &Place::new("", &ingress.metadata).key());
    let mut ranked: Vec<&Ingress> = ingresses.collect();
    ranked.sort_by_cached_key(|ingress| rank(ingress));
    let (singles, twins): (Vec<_>, Vec<_>) = named(ranked.into_iter(), |ingress| &ingress.metadata)
        .into_iter()
        .partition(|((_, _, number), _)| *number == 0);
    let fault = |(_, ingress): (Name<'_>, &Ingress)| {
        let message = "there is another Ingress of this name";
        let place = Place::new("Ingress", &ingress.metadata);
        place.error("metadata.name", message).keeping("that one is served")
    };
    (singles, twins.into_iter().map(fault).collect())
}
