//! Pure: policy, state, what was observed, verdict and now to a transition.
//!
//! ```text
//! policy      Canary.spec -> Policy, once; errors name the field
//! state       where a release stands; `status` is its flat form in Canary.status
//! observed    what the controller saw, in the words of the decision
//! advance     (policy, state, observed, verdict, now) -> Transition; total
//! steps       the part of `advance` that goes through the steps
//! desired     (policy, state) -> weights and pods; what a restarted controller re-applies
//! message     why the release stands where it stands, for people
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod advance;
pub mod desired;
pub mod message;
pub mod observed;
pub mod policy;
pub mod state;
pub mod status;
mod steps;
pub mod transition;

pub use advance::advance;
pub use desired::{Desired, desired};
pub use observed::{Command, Manifest, Observed, Readiness, Wanted};
pub use policy::{Policy, PolicyError};
pub use state::{Stage, State};
pub use transition::{Event, Transition};
