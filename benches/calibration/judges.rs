//! Who decides, a second at a time.

mod fixed;
mod netflix;
mod sequential;
mod ticks;

use weir_judge::Threshold;

use crate::second::{Second, Track};

/// How a release ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Abort,
    Promote,
    /// Neither by the end of the time.
    Undecided,
}

/// Who decides.
pub(crate) trait Judge {
    /// After one more second; `None`: it goes on.
    fn look(&mut self, second: &Second, at: u32) -> Option<Outcome>;
}

/// Names of the judges, in the order of [`all`].
pub(crate) const NAMES: [&str; 9] = [
    "sequential",
    "sequential as a guard",
    "the same guard at alpha 0.1",
    "netflix",
    "netflix, strict: fixed",
    "Argo's rule",
    "Flagger's rule",
    "fixed sample",
    "fixed sample, looked at each minute",
];

/// All of them, for a release of so many seconds.
pub(crate) fn all(thresholds: &[Threshold], seconds: u32) -> Vec<Box<dyn Judge>> {
    vec![
        Box::new(sequential::Sequentially::new(thresholds, true)),
        Box::new(sequential::Sequentially::new(thresholds, false)),
        Box::new(sequential::Sequentially::at(0.1, thresholds)),
        Box::new(netflix::Netflix::kayenta(seconds)),
        Box::new(netflix::Netflix::fixed(seconds)),
        Box::new(ticks::Ticks::argo(seconds)),
        Box::new(ticks::Ticks::flagger(seconds)),
        Box::new(fixed::Fixed::once(thresholds, seconds)),
        Box::new(fixed::Fixed::each_minute(thresholds, seconds)),
    ]
}

/// Requests slower than a threshold.
fn above(track: &Track, threshold: Threshold) -> u64 {
    track.latencies.iter().filter(|micros| **micros > threshold.micros).count() as u64
}

/// The latency at a quantile of some; `NaN` of none.
fn quantile(latencies: &mut [u64], share: f64) -> f64 {
    latencies.sort_unstable();
    let rank = (share * latencies.len() as f64) as usize;
    latencies.get(rank.min(latencies.len().saturating_sub(1))).map_or(f64::NAN, |micros| *micros as f64)
}
