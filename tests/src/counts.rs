//! What the proxy counted, added up for comparison with what others counted.

use weir_telemetry::outcome::{Fault, Outcome};
use weir_telemetry::recorder::SeriesSnapshot;
use weir_telemetry::wire::Report;

/// Tracks that are counted.
pub const TRACKS: [&str; 3] = ["stable", "baseline", "canary"];

/// The counts of all routes to a Service.
#[derive(Clone, Debug, Default)]
pub struct Counts([SeriesSnapshot; 3]);

impl Counts {
    /// Of the Service `name` in namespace `test`.
    #[must_use]
    pub fn of(report: &Report, name: &str) -> Self {
        let service = format!("test/{name}");
        let mut counts = Self::default();
        for series in report.series.iter().filter(|series| series.key.service == service) {
            let place = TRACKS.iter().position(|track| *track == series.key.track);
            if let Some(track) = place.and_then(|place| counts.0.get_mut(place)) {
                track.merge(&series.counts);
            }
        }
        counts
    }

    /// One track.
    #[must_use]
    pub fn track(&self, track: &str) -> SeriesSnapshot {
        let found = TRACKS.iter().zip(&self.0).find(|(name, _)| **name == track);
        found.map(|(_, counts)| counts.clone()).unwrap_or_default()
    }

    /// Requests that ended on a track.
    #[must_use]
    pub fn requests(&self, track: &str) -> u64 {
        self.track(track).outcomes.total()
    }

    /// All tracks together.
    #[must_use]
    pub fn total(&self) -> SeriesSnapshot {
        let mut total = SeriesSnapshot::default();
        self.0.iter().for_each(|track| total.merge(track));
        total
    }

    /// Requests of users: those of all tracks without those that were counted a second time when stable rescued them.
    #[must_use]
    pub fn of_users(&self) -> u64 {
        let total = self.total();
        total.outcomes.total() - total.rescued
    }

    /// Requests whose failure is `fault`'s.
    #[must_use]
    pub fn to_blame(&self, fault: Fault) -> u64 {
        let total = self.total().outcomes;
        Outcome::ALL
            .into_iter()
            .filter(|outcome| outcome.fault() == Some(fault))
            .map(|outcome| total.get(outcome))
            .sum()
    }
}
