//! Pure: what starts a pipeline. Bytes, headers, secrets, answers of other systems and the time go in; events come out.
//!
//! ```text
//! definition    the triggers of a pipeline as its user writes them
//! validate      every problem of them at once        problem: where, what, how to mend it
//! delivery      a web hook's call: its size, its signature, what it says; or why it is refused
//!   seen        which deliveries were here before; bounded, and kept over a restart
//! poll          what a git remote, a registry, a Jenkins says now, against what it said before
//! cron          when a schedule is due, in its zone
//! event         what happened, in one form whoever tells it; also the `trigger` of expressions
//! subscription  whether a trigger wants an event, and if not why
//! properties    a property file of yaml, json or Java's form, as an object
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod cron;
pub mod definition;
pub mod delivery;
pub mod event;
mod glob;
pub mod poll;
pub mod problem;
pub mod properties;
pub mod provider;
pub mod seen;
pub mod subscription;
mod validate;

pub use definition::Trigger;
pub use delivery::{Delivery, Refusal, Secret, receive};
pub use event::Event;
pub use problem::Problem;
pub use provider::Provider;
pub use seen::Seen;
pub use subscription::Subscription;
pub use validate::validate;
