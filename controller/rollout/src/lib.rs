//! Pure: policy, state, what was observed, verdict and now to a transition.
//!
//! ```text
//! policy      Canary.spec -> Policy, once; errors name the field
//! state       where a release stands; `status` is its flat form in Canary.status
//! observed    what the controller saw, in the words of the decision
//! advance     (policy, state, observed, verdict, now) -> Transition; total
//! steps       the part of `advance` that goes through the steps
//! commands    the part of `advance` that does what somebody asks for, and the answer
//! routes      the part of it that sends requests to the canary whatever its weight, and copies of others
//! copies      the pods that those need
//! breaker     the part of it that proxies act on by themselves
//! desired     (policy, state) -> weights and pods; what a restarted controller re-applies
//! conditions  the same for programs that wait
//! message     why the release stands where it stands, for people
//! outlook     when it goes on by itself, and what may be asked for, for people
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod advance;
mod breaker;
pub mod commands;
pub mod conditions;
mod copies;
pub mod desired;
pub mod message;
pub mod observed;
pub mod outlook;
pub mod policy;
mod routes;
pub mod state;
pub mod status;
mod steps;
pub mod transition;

pub use advance::advance;
pub use commands::{Answer, answer};
pub use desired::{Desired, desired};
pub use observed::{Command, Manifest, Observed, Readiness, Wanted};
pub use outlook::{Outlook, outlook};
pub use policy::{Policy, PolicyError};
pub use state::{Stage, State};
pub use transition::{Event, Transition};
