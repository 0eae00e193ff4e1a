//! Where objects come from. Standalone: watched directories. In a cluster: the API server.
//!
//! A feed gives whole sets, where what is not in a set is gone, or differences. It keeps the last good state of what it cannot read now.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use weir_api::Canary;
use weir_routing::{Changes, Objects, Options};

use crate::problems::Problem;

pub(crate) mod directory;
pub(crate) mod external;
pub(crate) mod kubernetes;

pub use self::directory::{DirectoryFeed, observed};
pub use self::kubernetes::{KubernetesError, KubernetesFeed};

/// A source of objects.
pub trait Feed: Send + 'static {
    /// Waits for a change. The first update is everything there is, as soon as that is known.
    fn next(&mut self) -> impl Future<Output = Update> + Send;

    /// What was given is lost: the next update has to be everything there is.
    fn again(&mut self);
}

/// What a feed has to say.
#[derive(Debug)]
pub enum Update {
    /// Everything there is.
    Whole(Box<Observed>),
    /// What is new, different or gone since the update before.
    Changed(Box<Changed>),
}

/// Objects by key `namespace/name`; `None`: it is gone.
pub type Differences<T> = BTreeMap<Arc<str>, Option<T>>;

/// What is new, different or gone.
#[derive(Debug, Default)]
pub struct Changed {
    /// Ingresses that are ours.
    pub ingresses: Differences<Ingress>,
    /// Secrets that Ingresses name.
    pub secrets: Differences<Secret>,
    /// ConfigMaps that Ingresses name.
    pub config_maps: Differences<ConfigMap>,
    /// Services.
    pub services: Differences<Service>,
    /// Their endpoints.
    pub endpoint_slices: Differences<EndpointSlice>,
    /// Canaries with their status.
    pub canaries: Differences<Canary>,
    /// Everything that is wrong with the source itself now.
    pub problems: Vec<Problem>,
}

impl Changed {
    /// Whether no object is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { ingresses, secrets, config_maps, services, endpoint_slices, canaries, problems: _ } = self;
        ingresses.is_empty()
            && secrets.is_empty()
            && config_maps.is_empty()
            && services.is_empty()
            && endpoint_slices.is_empty()
            && canaries.is_empty()
    }

    /// For the compiler.
    #[must_use]
    pub fn changes(&self, options: &Options) -> Changes<'_> {
        let mut changes = Changes::new(options);
        self.ingresses.iter().for_each(|(key, now)| changes.ingress(key, now.as_ref()));
        self.services.iter().for_each(|(key, now)| changes.service(key, now.as_ref()));
        self.endpoint_slices.iter().for_each(|(key, now)| changes.endpoint_slice(key, now.as_ref()));
        self.secrets.iter().for_each(|(key, now)| changes.secret(key, now.as_ref()));
        self.config_maps.iter().for_each(|(key, now)| changes.config_map(key, now.as_ref()));
        self.canaries.iter().for_each(|(key, now)| changes.canary(key, now.as_ref()));
        changes
    }
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct Observed {
    /// The objects that routes come from.
    pub objects: Objects,
    /// What is new, different or gone among the addresses of names elsewhere.
    pub resolved: Differences<EndpointSlice>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Where the objects were written, for problems that are found later.
    pub places: Places,
}

/// Finds the file and line of an object's field.
#[derive(Debug, Default)]
pub struct Places(BTreeMap<(String, String, String), weir_api::manifest::Origin>);

impl Places {
    /// Notes where an object was written.
    pub(crate) fn insert(
        &mut self,
        kind: &str,
        namespace: &str,
        name: &str,
        origin: weir_api::manifest::Origin,
    ) {
        self.0.insert((kind.to_owned(), namespace.to_owned(), name.to_owned()), origin);
    }

    /// File, line and field path in the file; `None` for objects that come from no file.
    pub(crate) fn find(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        field: &str,
    ) -> Option<(String, u32, String)> {
        let origin = self.0.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))?;
        Some((origin.file().to_owned(), origin.line(field), origin.path(field)))
    }
}
