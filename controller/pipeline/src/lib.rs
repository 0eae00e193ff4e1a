//! Pure: a pipeline's stages, what has become of a run, events and the time, to what starts next.
//!
//! ```text
//! definition  what its user writes, whatever its stages do
//! validate    every problem of it at once        problem: where, what, how to mend it
//! arguments   the values of a call, against the parameters
//! graph       the stages with what is in them; made once
//!   window    when a stage may start       freeze: when it may not
//! queue       which runs of a pipeline are next
//! run         where a run stands; small, and all there is to keep
//! event       what happened, and what somebody wants
//! advance     (graph, run, events, holds, now) -> Transition; total
//!   backoff   when it is tried again
//! transition  what is to be done, and what was refused
//! status      how stages and runs stand, and how they end
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod advance;
pub mod arguments;
mod backoff;
pub mod definition;
mod draw;
pub mod event;
pub mod freeze;
pub mod graph;
pub mod problem;
pub mod queue;
pub mod run;
pub mod span;
pub mod status;
pub mod transition;
pub mod validate;
pub mod window;

pub use advance::advance;
pub use definition::{Pipeline, Stage, Work};
pub use event::Event;
pub use freeze::Hold;
pub use graph::{Graph, Plan};
pub use problem::Problem;
pub use run::Run;
pub use status::Status;
pub use transition::{Action, Key, Refusal, Transition};
pub use validate::validate;
