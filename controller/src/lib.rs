//! Control-plane shell: scrape, judge, advance, apply.
//!
//! ```text
//! app          wiring: the only file that binds sockets and owns the loop
//! clock        the time of decisions               pure
//! reconcile    one look at everything; the loop's body
//!   catalog      the objects                        pure
//!   scrape       reports of the proxies             I/O, by fetch
//!   sample       windows -> blocks for the judge    pure
//!   evidence     what is known about one release    pure (recent: stable's latencies before it)
//!   fleet        which pods should run              pure (template: what they are called)
//!   history      events and evidence over time      pure
//!   view, report what people get to see             pure (outlook: what may come)
//! ends         where objects come from, where state goes, how pods run: what a mode has of its own
//!   standalone   manifests and state in directories
//!   local        pods as processes of this machine
//!   cluster      objects, state and pods of a Kubernetes cluster
//! flags        feature flags that follow releases, served over OFREP
//! notifiers    who is told of releases elsewhere
//! admin        livez, readyz, metrics, canaries, promote and abort
//! serving      what the API server asks, by HTTPS: metrics for autoscalers, and whether an object can be followed
//!   autoscale    requests per second by Service and track
//! analysis     series of other programs, judged by a canary config
//!   sources      who has them                       I/O
//!   scores       the same for a release, at intervals
//! collect      what programs push, kept for whoever judges it
//! forecast     what the steps of a Canary can tell   pure
//! replay       releases of before, judged by other settings  pure
//! page         pages for people, as single files   pure
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod admin;
pub mod analysis;
pub mod app;
pub mod args;
mod autoscale;
pub mod catalog;
pub mod clock;
mod cluster;
pub mod collect;
pub mod ends;
mod evidence;
pub mod fetch;
pub mod flags;
pub mod fleet;
pub mod forecast;
pub mod history;
pub mod kayenta;
pub mod local;
mod metrics;
pub mod notifiers;
pub mod outlook;
pub mod page;
mod recent;
pub mod reconcile;
pub mod replay;
pub mod report;
mod sample;
pub mod scores;
pub mod scrape;
mod serving;
pub mod sources;
mod standalone;
pub mod template;
pub mod view;
