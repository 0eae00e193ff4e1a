//! Pure: Kubernetes objects to compiled routes to the decision for a request.
//!
//! ```text
//! objects -> compile -> (Table, Vec<Rejection>)                  on every change of an object
//! request -> target -> Head -> Table::find -> Route -> decide -> Backend     for every request, without allocation
//!                                              | |      force, matching, cookie, sticky, turns; canary: those of nginx
//!                                              | policy -> Redirect       for routes that have one
//!                                           explain      the same, for people
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod backend;
pub mod canary;
pub mod compile;
mod cookie;
pub mod decide;
pub mod explain;
pub mod external;
mod force;
pub mod fraction;
pub mod head;
pub mod matching;
mod memory;
pub mod named;
pub mod network;
pub mod pattern;
pub mod policy;
pub mod random;
pub mod rejection;
pub mod route;
pub mod split;
pub mod sticky;
pub mod table;
pub mod target;
pub mod turns;
pub mod variables;

pub use backend::{Backend, Protocol, UpstreamTls};
pub use compile::{Changes, Compiler, Objects, Options, compile};
pub use decide::{Because, Decision, decide};
pub use explain::explain;
pub use head::{Head, Headers};
pub use named::Named;
pub use policy::Policy;
pub use rejection::{Rejection, Severity};
pub use route::Route;
pub use split::Split;
pub use table::Table;
pub use turns::Turns;
