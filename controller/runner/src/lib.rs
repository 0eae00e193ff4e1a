//! Runs pipelines.
//!
//! ```text
//! request    what starts a run: a definition, a trigger, parameters
//! runner     the runs that are not over; who is next of each pipeline
//!   drive      one run: events -> advance -> stored -> done
//!   expected   images that it counts on, found as it begins
//!   perform      one attempt of one stage: evaluated once, done once, told
//!     step         a command with services beside it         checkout, image: commands, too
//!     evaluate     variables, preconditions
//!     deploy, release, single                     objects of a cluster
//!     webhook, run_pipeline, status, comment     what is asked of others; load: how they bear it
//! analyses   gates that wait for SonarQube
//! freezes    when runs change nothing that runs
//! git        who git says that it is             registry   what a registry has of an image        jenkins   what a Jenkins has built
//! executor   where commands run
//!   local      as processes of this machine
//! objects    what stages deploy to
//! store      runs on the disk
//! archive    runs that are over, kept elsewhere
//! notices    who is told of runs, in the background
//! view       runs as others see them             artifacts   images of runs, and where they were deployed
//! serve      the same by HTTP
//! triggers   what starts runs without anybody asking by hand
//! ```
//! Invariants: what a run wants is stored before it is done; whatever is done outside has the name of its run, stage and attempt, and is done once however
//! often the program is killed; a run that cannot be stored does not go on.
#![doc = include_str!("../DESIGN.md")]

mod analyses;
pub mod archive;
pub mod artifacts;
mod attempt;
pub mod clock;
mod drive;
pub mod executor;
mod expected;
mod freezes;
mod git;
mod jenkins;
mod local;
mod notices;
pub mod objects;
mod perform;
mod registry;
pub mod request;
pub mod runner;
pub mod serve;
pub mod store;
pub mod triggers;
pub mod view;

pub use archive::Archive;
pub use artifacts::Artifact;
pub use clock::Clock;
pub use freezes::Freezes;
pub use local::Local;
pub use request::Request;
pub use runner::{Options, Runner};
pub use store::Store;
pub use view::{JudgmentView, RunView, StageView};
