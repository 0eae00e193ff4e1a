//! Weir as the ingress controller of a real Kubernetes: installed from `manifests/base`, driven by kubectl, and under load.
//!
//! ```text
//! installed    one cluster with Weir in it for all cases, and whose turn it is
//! case         a namespace of its own, with sample upstreams
//! load         requests by the clock from inside the cluster's network
//! proxies      each proxy by itself: its answers, its admin port
//! objects      what is applied
//!
//! routes, classes, certificates, told, rolling, weights, delay, api_server, rest, hostile, front, scale: the cases
//! ```
//! Cases take turns, because most of them count every request of the same proxies. `WEIR_CLUSTER_LONG=1` makes outages and silences a minute
//! and longer, `WEIR_CLUSTER_SCALE=1` runs the case with ten thousand Ingresses.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod api_server;
mod case;
mod certificates;
mod classes;
mod delay;
mod front;
mod hostile;
mod installed;
mod load;
mod objects;
mod proxies;
mod rest;
mod rolling;
mod routes;
mod scale;
mod told;
mod weights;
