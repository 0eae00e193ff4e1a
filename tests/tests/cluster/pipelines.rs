//! Pipelines whose commands are pods.
//!
//! ```text
//! fixture     what a pipeline needs of the world, together
//!   ci_image  everything that its commands start, as one image
//!   registry  where images come from and go to
//!   git       the repository, as pods fetch it
//!   state     a folder that pods and the test see
//! runner      whoever runs pipelines, as its manifests have it
//! rights      what a namespace gives where it is deployed to
//! pushed      a case: from a push to production
//! deployed    a case: single stages that deploy, and what goes wrong
//! contained   a case: steps that go wrong
//! held        a case: freezes and judgments
//! ```

mod ci_image;
mod contained;
mod deployed;
mod fixture;
mod git;
mod held;
mod pushed;
mod registry;
mod rights;
mod runner;
mod state;
