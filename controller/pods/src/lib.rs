//! Pipelines in a cluster.
//!
//! ```text
//! executor      a command as a pod, from its start to its end
//!   pod           what the pod is                      pure
//!   standing      what its status says                 pure
//!   watched       all pods of runs, as they are now
//!   printed       what services print
//! own           what the runner's own pod says of volume, image and node
//! secrets       Secrets with a label, as the runner's folder of secrets
//! definitions   Pipelines and templates, as the runner's folder of definitions
//! runs          PipelineRuns: asked for, shown
//! objects       any objects, applied by stages
//! events        what happens to objects         files         one file of such a folder
//! ```
//! Invariants: nothing is kept here: what was started is found by the names of pods and by the folders on the volume, what was shown by the objects.
#![doc = include_str!("../DESIGN.md")]

mod definitions;
mod events;
mod executor;
mod files;
mod objects;
mod own;
mod pod;
mod printed;
mod runs;
mod secrets;
mod standing;
mod watched;

pub use definitions::Definitions;
pub use executor::Pods;
pub use objects::ClusterObjects;
pub use own::{Own, OwnError};
pub use runs::Runs;
pub use secrets::Secrets;
