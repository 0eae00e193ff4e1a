//! Manifests made ready to be applied, and whether what came of them is stable. Pure: objects are JSON, whatever reads and writes them.
//!
//! ```text
//! manifest     a document -> an object with kind and name, or what is wrong with it
//! images       which containers run which image; artifacts put in their place
//! owner        who applied it, as labels and annotations: what an older run left can be found
//! order        namespaces first, workloads last
//!    ... applied ...
//! stable       an object as it is now -> stable, not yet, or failed
//! trouble      a pod as it is now -> what keeps it from being ready
//! canary       a Canary as it is now -> how its release stands
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod canary;
pub mod images;
pub mod manifest;
pub mod order;
pub mod owner;
pub mod stable;
pub mod trouble;

pub use manifest::{Named, Wrong};
pub use stable::Standing;
pub use trouble::trouble;
