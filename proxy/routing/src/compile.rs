//! Kubernetes objects to one table.
//!
//! A pure function: the same objects in any order over the same previous table give the same table. A fault in one object is a [`Rejection`] with
//! its field; whatever it spoils keeps its last good state from the previous table, and everything else is compiled as if it were not there.
//!
//! ```text
//! changes      objects                -> those that are new, different or gone
//! compiler     changes                -> next table; keeps what it has read
//!   canaries     Canary + status        -> split and epoch of each Service
//!   services     Service                -> ports, annotations in force
//!   endpoints    EndpointSlice          -> ready addresses of a port
//!   named        Secret, ConfigMap      -> users, header fields
//!   unit         Ingress                -> its routes, its last good ones for what is spoilt
//!     ingresses    Ingress                -> drafts: host, path, Service (path, backends: text of them; nginx: its annotations)
//!     standing_in  annotations            -> drafts for paths that nobody wrote
//!     claims       drafts of all          -> one draft for each host and path, by age (rank)
//!     hosts        claims + annotations   -> what holds for a whole host: regular expressions, TLS, app-root
//!     splits       the first three        -> split of each Service's port
//!     arms         canary Ingresses       -> split of the main one's route
//!     policies     draft + host           -> redirects, rewrite, patterns
//!     routes       all of that            -> Route
//!   aliases      hosts                  -> other names of hosts
//!   publication  routes                 -> places in the table
//! ```

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use weir_api::{Canary, CanaryStatus};

use crate::policy::ByteSize;
use crate::rejection::Rejection;
use crate::table::Table;

mod aliases;
mod arms;
mod backends;
mod canaries;
mod changes;
mod claims;
mod compiler;
mod draft;
mod endpoints;
mod hosts;
mod ingresses;
mod named;
mod nginx;
mod path;
mod policies;
mod publication;
mod rank;
mod routes;
mod services;
mod splits;
mod standing_in;
mod unit;

pub use changes::Changes;
pub use compiler::Compiler;

/// Annotations of ingress-nginx that are read, without their prefix `nginx.ingress.kubernetes.io/`.
pub fn annotations() -> impl Iterator<Item = &'static str> {
    nginx::names()
}

/// Every object that routes come from, in any order.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// Ingresses.
    pub ingresses: Vec<Ingress>,
    /// Services, those of canaries and baselines included.
    pub services: Vec<Service>,
    /// EndpointSlices of those Services.
    pub endpoint_slices: Vec<EndpointSlice>,
    /// Secrets that Ingresses name; others do no harm.
    pub secrets: Vec<Secret>,
    /// ConfigMaps that Ingresses name; others do no harm.
    pub config_maps: Vec<ConfigMap>,
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
    /// Canary Ingresses of nginx are as ingress-nginx has them in every respect: a main Service without endpoints answers 503 whatever the canary
    /// is, and a weight's total below 100 is 100.
    pub strict_nginx_canary: bool,
    /// Prefix and Exact paths may have any character that a path may have (ingress-nginx: `strict-validate-path-type: "false"`).
    pub loose_path_types: bool,
    /// Hosts with TLS do not send clear text requests to https unless an Ingress says so (ingress-nginx: `ssl-redirect: "false"`).
    pub no_ssl_redirect: bool,
    /// Bytes that a request's body may have where no Ingress says so (ingress-nginx: `proxy-body-size`, 1m).
    pub default_body_size: Option<ByteSize>,
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
    let mut compiler = previous.map(Compiler::over).unwrap_or_default();
    compiler.apply(&Changes::between(&Objects::default(), objects, options))
}

fn order(rejection: &Rejection) -> (&str, &str, &str, &str, &str) {
    let Rejection { severity: _, kind, namespace, name, field, message, kept: _ } = rejection;
    (kind, namespace, name, field, message)
}
