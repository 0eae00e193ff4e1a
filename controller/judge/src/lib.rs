//! Pure statistics: from blocks of counts and criteria to a verdict.
//!
//! ```text
//! Block (one scrape) -> question: bet, dispersion, interval -> sequential: weights -> verdict: decision and reason
//! ```
//!
//! `ratio` says whether the tracks get what their weights say. `replay` gives the blocks of a release to other criteria. `netflix` is Kayenta's judge of series, and `kayenta` what surrounds it there.
//!
//! Every file computes; none reads a clock, a socket or a random number. [`Sequential`] is the way in.
#![doc = include_str!("../DESIGN.md")]
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts become floats; above 2^53 requests the lost bit is no evidence"
)]

pub mod bet;
mod block;
mod counts;
mod criteria;
mod dispersion;
mod evidence;
pub mod forecast;
mod gross;
pub mod interval;
pub mod kayenta;
mod latency;
pub mod netflix;
pub mod projection;
mod question;
pub mod ratio;
mod reason;
pub mod replay;
mod sequential;
pub mod series;
mod verdict;

pub use block::{Block, TrackBlock};
pub use counts::{Counts, Margin};
pub use criteria::{Criteria, Criterion, Threshold};
pub use dispersion::Dispersion;
pub use evidence::{Evidence, MAX_E};
pub use sequential::Sequential;
pub use verdict::{Decision, MetricVerdict, Verdict};
