//! Pure: feature flags that follow a release, served over OFREP. Objects, a request and the releases' weights go in; an answer comes out.
//!
//! ```text
//! spec        a flag as its user writes it
//! compile     the same, checked: every problem of it at once       problem: where, what, how to mend it
//! flags       those of all objects: a bad one never stops the others
//! context     who asks                        condition, version: what a rule asks of that
//! bucket      the place of a user: who is in at 5 % is in at 10 % too
//! followed    which releases a flag follows
//! release     where a Canary is               share: percent
//! evaluate    a flag, a context and the weights -> evaluation: value, variant, reason; or a failure
//! ofrep       a request -> an answer of the OpenFeature Remote Evaluation Protocol
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod bucket;
mod compile;
mod condition;
pub mod context;
mod evaluate;
pub mod evaluation;
pub mod failure;
pub mod flag;
pub mod flags;
pub mod followed;
pub mod ofrep;
pub mod problem;
pub mod release;
pub mod share;
pub mod spec;
mod version;

pub use context::Context;
pub use evaluate::evaluate;
pub use evaluation::{Evaluation, Reason};
pub use failure::{ErrorCode, Failure};
pub use flag::Flag;
pub use flags::{Flags, Object, ObjectName};
pub use followed::Followed;
pub use problem::Problem;
pub use release::Release;
pub use share::Share;
pub use spec::FlagSpec;
