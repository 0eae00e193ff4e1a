//! Weir as the ingress controller of a real Kubernetes: installed from `manifests/base`, driven by kubectl, and under load.
//!
//! ```text
//! installed    a cluster with Weir in it
//! api          its objects
//! turns        three of them, and which case has which
//! case         a namespace of its own, with sample upstreams
//! load         requests by the clock from inside the cluster's network
//! proxies      each proxy by itself: its answers, its admin port
//! objects      what is applied
//! releases     the controller, and a Deployment to release
//! rendered     what kustomize and the chart make of the manifests: no cluster is needed
//!
//! routes, classes, certificates, named, told, ends, rolling, weights, delay, api_server, partition, rest, hostile, front, scale, release, autoscaler,
//! blue_green, leaders, templates, cli, held, pushed, flags, installation: the cases
//! readme       the README's commands, on a cluster of their own
//! faults       releases while things go wrong
//! pipelines    their commands as pods
//! ```
//! Each case has a cluster to itself as long as it lasts, because most of them count every request of the proxies. `WEIR_CLUSTER_LONG=1` makes outages and silences a minute
//! and longer, `WEIR_CLUSTER_SCALE=1` runs the case with ten thousand Ingresses.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod api;
mod api_server;
mod autoscaler;
mod blue_green;
mod case;
mod certificates;
mod classes;
mod cli;
mod delay;
mod ends;
mod faults;
mod flags;
mod front;
mod held;
mod hostile;
mod installation;
mod installed;
mod leaders;
mod load;
mod named;
mod objects;
mod partition;
mod pipelines;
mod proxies;
mod pushed;
mod readme;
mod release;
mod releases;
mod rendered;
mod rest;
mod rolling;
mod routes;
mod scale;
mod templates;
mod told;
mod turns;
mod weights;
