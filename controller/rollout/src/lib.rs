//! Pure: policy, state, what was observed, verdict and now to a transition.
//!
//! ```text
//! policy      Canary.spec -> Policy, once; errors name the field
//! state       where a release stands; `status` is its flat form in Canary.status
//! observed    what the controller saw, in the words of the decision
//! advance     (policy, state, observed, verdict, now) -> Transition; total
//! copies      the pods that copies of requests need
//! desired     (policy, state) -> weights and pods; what a restarted controller re-applies
//! conditions  the same for programs that wait
//! message     why the release stands where it stands, for people
//! outlook     when it goes on by itself, and what may be asked for, for people
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod advance;
pub mod conditions;
mod copies;
pub mod desired;
pub mod message;
pub mod observed;
pub mod outlook;
pub mod policy;
pub mod state;
pub mod status;
pub mod transition;

pub use advance::{Answer, advance, answer};
pub use desired::{Desired, desired};
pub use observed::{Command, Manifest, Observed, Readiness, Wanted};
pub use outlook::{Outlook, outlook};
pub use policy::{Policy, PolicyError};
pub use state::{Stage, State};
pub use transition::{Event, Transition};
