//! Kubernetes objects to one table.
//!
//! A pure function: the same objects in any order over the same previous table give the same table. A fault in one object is a [`Rejection`] with
//! its field; whatever it spoils keeps its last good state from the previous table, and everything else is compiled as if it were not there.
//!
//! ```text
//! canaries    Canary + status        -> split and epoch of each Service
//! services    Service                -> ports, annotations in force
//! endpoints   EndpointSlice          -> ready addresses of a port
//! ingresses   Ingress                -> drafts: host, path, Service; by age (path: text of both; nginx: its annotations)
//! claims      drafts of all          -> one draft for each host and path, last good ones for what is spoilt
//! tracks      the first three        -> split of each Service's port
//! routes      draft + split          -> Route
//! ```

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use rustc_hash::FxHashMap;
use weir_api::{Canary, CanaryStatus};

use crate::memory::Memory;
use crate::rejection::{Place, Rejection};
use crate::table::Table;

mod by_name;
mod canaries;
mod claims;
mod endpoints;
mod ingresses;
mod nginx;
mod path;
mod routes;
mod services;
mod tracks;

use canaries::Canaries;
use claims::History;
use endpoints::Endpoints;
use services::Services;
use tracks::Splits;

/// Every object that routes come from, in any order.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Ingresses.
    pub ingresses: Vec<Ingress>,
    /// Services, those of canaries and baselines included.
    pub services: Vec<Service>,
    /// EndpointSlices of those Services.
    pub endpoint_slices: Vec<EndpointSlice>,
    /// Canaries. Their own status counts where `statuses` has none for them.
    pub canaries: Vec<Canary>,
    /// Status that is kept apart from the Canary (standalone mode), by canary key `namespace/name`.
    pub statuses: BTreeMap<String, CanaryStatus>,
}

/// How objects are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Ingresses that are ours.
    pub classes: Classes,
}

/// Ingresses that are ours, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Classes {
    /// Every Ingress (standalone mode, where nothing else could serve it).
    #[default]
    All,
    /// Those of these classes.
    Named {
        /// Names of classes, such as `weir`.
        names: Vec<String>,
        /// Whether Ingresses without a class are ours as well.
        unclassed: bool,
    },
}

/// Compiles every object over what is served now. Rejections come sorted, each once.
#[must_use]
pub fn compile(objects: &Objects, options: &Options, previous: Option<&Table>) -> (Table, Vec<Rejection>) {
    let mut rejections = Vec::new();
    let canaries = Canaries::read(objects, previous, &mut rejections);
    let services = Services::read(&objects.services, previous, &mut rejections);
    let endpoints = Endpoints::read(&objects.endpoint_slices);
    let drafts = ingresses::drafts(&objects.ingresses, options, &mut rejections);
    let drafts = claims::settle(drafts, &History::of(previous), &mut rejections);
    let memory = Memory { annotations: services.in_force(), splits: canaries.in_force() };
    let epochs = canaries.epochs();
    let known = FxHashMap::default();
    let mut splits = Splits { services, endpoints, canaries: &canaries, known, rejections: &mut rejections };
    let routes = drafts.into_iter().map(|draft| routes::route(draft, &mut splits)).collect();
    rejections.sort_by(|a, b| order(a).cmp(&order(b)));
    rejections.dedup();
    let generation = previous.map_or(0, Table::generation) + 1;
    (Table::new(routes, epochs, generation, memory), rejections)
}

fn order(rejection: &Rejection) -> (&str, &str, &str, &str, &str) {
    let Rejection { severity: _, kind, namespace, name, field, message, kept: _ } = rejection;
    (kind, namespace, name, field, message)
}

/// Position of an object among its like: the oldest first; one without a time, as in a manifest, is the youngest; then by name.
fn age(metadata: &ObjectMeta) -> impl Ord + use<'_> {
    let place = Place::new("", metadata);
    (metadata.creation_timestamp.is_none(), metadata.creation_timestamp.as_ref(), place.namespace, place.name)
}
