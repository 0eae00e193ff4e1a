//! Data-plane shell: sockets, TLS, HTTP, watches, admin.
//!
//! Modules in the order of a request, then of a change, then of a question:
//!
//! ```text
//! client     accepted socket -> TLS -> HTTP/1.1 or HTTP/2 -> one request          deadlines: clock
//! exchange   check (harden) -> choose (weir-routing) -> attempt -> answer -> relay
//! upstream   endpoint, pool, connection
//! record     what every way out counts as
//! errand     requests of the proxy's own to other servers                         their addresses: names
//!
//! tls        certificates: of hosts, and the default one
//! feed       objects          publish   objects -> table -> every worker
//! duties     status and Events in the cluster, by one proxy of all                        the way to it: weir-kubernetes
//! admin      /livez /readyz /metrics /report/v1 /debug      metrics · registry · problems
//! app        the only place that binds and starts
//! ```
//! Everything from `client` to `record` is one worker's own and runs on its thread: `worker` ties it together. What crosses threads is in `process`.
#![doc = include_str!("../DESIGN.md")]

mod admin;
pub mod app;
mod auth;
mod breaker;
mod buffer;
mod client;
mod clock;
pub mod config;
mod counters;
mod duties;
mod errand;
mod error;
mod exchange;
pub mod feed;
mod forwarded;
mod harden;
mod limits;
mod metrics;
mod names;
pub mod problems;
mod process;
mod publish;
mod record;
mod registry;
mod scheme;
mod spares;
mod stream;
mod tasks;
mod tls;
mod upstream;
mod worker;

pub use app::{App, AppError, Bound};
pub use config::{Args, Config, ConfigError};
pub use duties::Duties;
pub use tls::{PairError, TlsError};
