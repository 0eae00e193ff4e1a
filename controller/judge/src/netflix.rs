//! `NetflixACAJudge-v1.0`: the judge of Spinnaker's Kayenta, verdict for verdict.
//!
//! ```text
//! config       the document that Kayenta stores
//! options      what it says of one metric
//! clean        missing samples and outliers out
//! shift        the rank statistic of two samples
//! root, bounds where the shift lies: Brent's search, as upstream
//! effect       how large the difference is
//! exact        the same without its surprises
//! means, shape, doubt  what ranks do not see
//! quirks       which of upstream's surprises are kept
//! comparison   one metric's two sides
//! moved        which way a metric moved, and whether that counts
//! classify     one metric: Pass, High, Low, Nodata ...
//! score        all metrics: groups, weights, 0 to 100
//! judgement    all of it, and the document that upstream answers with
//! ```
//! Behaviour of spinnaker/kayenta at a69573be9d8f, found by reading and by its recorded cases; no code of it.

pub mod bounds;
pub mod classify;
pub mod clean;
pub mod comparison;
pub mod config;
mod doubt;
pub mod effect;
mod exact;
pub mod judgement;
pub mod means;
mod moved;
pub mod options;
pub mod percentile;
pub mod quirks;
pub mod root;
pub mod score;
pub mod shape;
pub mod shift;
pub mod summary;
