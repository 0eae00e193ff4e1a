//! Pipelines whose commands are pods.
//!
//! ```text
//! fixture     what a pipeline needs of the world, together
//!   ci_image  everything that its commands start, as one image
//!   registry  where images come from and go to
//!   git       the repository, as pods fetch it
//!   state     a folder that pods and the test see
//! runner      whoever runs pipelines, as its manifests have it
//! pushed      a case: from a push to an image
//! deployed    a case: from an image to production
//! contained   a case: steps that go wrong
//! ```

mod ci_image;
mod contained;
mod deployed;
mod fixture;
mod git;
mod pushed;
mod registry;
mod runner;
mod state;
