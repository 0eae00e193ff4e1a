//! Pipelines whose commands are pods.
//!
//! ```text
//! fixture     what a pipeline needs of the world, together
//!   ci_image  everything that its commands start, as one image
//!   registry  where images come from and go to
//!   git       the repository, as pods fetch it
//!   state     a folder that pods and the test see
//! by_hand     a case: what commands do, without Weir
//! ```

mod by_hand;
mod ci_image;
mod fixture;
mod git;
mod registry;
mod state;
