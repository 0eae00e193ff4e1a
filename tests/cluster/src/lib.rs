//! A real one-node Kubernetes for the tests: built, started, broken and stopped, and nothing of it stays behind.
//!
//! ```text
//! cluster         what a test holds: where the API is, threads and commands inside, images, faults
//! program         programs of this workspace, as they were built
//! image           programs and the libraries that they need -> an image that containerd takes
//! prerequisites   what the machine must have, installed where that is possible
//! go              pinned Go modules -> programs, in a cache
//!   binaries      Kubernetes' programs
//!   tools         what checks manifests: helm, and the rules of Prometheus
//!
//! guard           the process outside: it outlives whoever started the cluster, and cleans up after it
//!   cgroups       the part of the machine that no namespace takes away
//!   relay         the API server's address for the world outside
//!   leftovers     what a killed guard could not clean up
//! init            the first process inside: it adopts orphans, and its end is the end of all
//! inside          mounts -> network -> credentials -> configuration -> programs, which it supervises
//! control         the lines between cluster, guard and inside
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod binaries;
pub mod cluster;
pub mod control;
mod go;
pub mod guard;
pub mod image;
pub mod init;
pub mod inside;
pub mod prerequisites;
pub mod program;
pub mod tools;

pub use cluster::{Cluster, Node, Own};
pub use control::Component;
pub use image::Image;
