//! Control-plane shell: scrape, judge, advance, apply.
//!
//! ```text
//! app          wiring: the only file that binds sockets and owns the loop
//! reconcile    one look at everything; the loop's body
//!   catalog      the objects                        pure
//!   scrape       reports of the proxies             I/O, by fetch
//!   sample       windows -> blocks for the judge    pure
//!   evidence     what is known about one release    pure (recent: stable's latencies before it)
//!   fleet        which pods should run              pure (template: what they are called)
//!   history      events and evidence over time      pure
//!   view, report what people get to see             pure
//! ends         where state goes, how pods run: the two ends of a mode
//!   standalone   state in a directory
//!   local        pods as processes of this machine
//! admin        livez, readyz, metrics, canaries, promote and abort
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod admin;
pub mod app;
pub mod args;
pub mod catalog;
pub mod ends;
pub mod evidence;
pub mod fetch;
pub mod fleet;
pub mod history;
pub mod local;
pub mod metrics;
pub mod recent;
pub mod reconcile;
pub mod report;
pub mod sample;
pub mod scrape;
pub mod standalone;
pub mod template;
pub mod view;
