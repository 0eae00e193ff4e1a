//! What happened during one release: events, and the evidence over time. Pure and bounded.

use serde::{Deserialize, Serialize};
use weir_api::{Share, Timestamp};
use weir_judge::Verdict;

use crate::sample::Tracks;

/// Points of evidence that are kept; of more, every second one is dropped.
const MOST_POINTS: usize = 600;
const MOST_EVENTS: usize = 500;

/// What happened during one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The evidence over time.
    pub evidence: Vec<Point>,
    /// Milliseconds between two points: it doubles whenever points are dropped.
    spacing_millis: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Short name for machines, such as `WeightSet` or `Pod`.
    pub kind: String,
    /// One sentence.
    pub text: String,
}

/// The evidence at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// Share of the canary.
    pub canary_weight: Share,
    /// Requests of the canary since the release began.
    pub canary_requests: u64,
    /// Those that ended in an upstream error.
    pub canary_errors: u64,
    /// Combined evidence of harm.
    pub e_value: f64,
    /// Evidence of harm and of no harm of each metric.
    pub metrics: Vec<MetricPoint>,
}

/// One metric's evidence at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricPoint {
    /// Such as `errors`.
    pub name: String,
    /// Evidence that the canary is worse than the margin.
    pub e_harm: f64,
    /// Evidence that the canary is no worse than the tolerance.
    pub e_pass: f64,
}

impl History {
    /// Adds an event.
    pub(crate) fn tell(&mut self, at: Timestamp, kind: &str, text: String) {
        if self.events.len() >= MOST_EVENTS {
            // The beginning of a release explains more than the middle of a crash loop.
            self.events.remove(MOST_EVENTS / 4);
        }
        self.events.push(Event { at, kind: kind.to_owned(), text });
    }

    /// Adds a point, at most one a second.
    pub(crate) fn point(&mut self, at: Timestamp, canary_weight: Share, totals: &Tracks, verdict: &Verdict) {
        let spacing = std::time::Duration::from_millis(self.spacing_millis.max(1000));
        if self
            .evidence
            .last()
            .is_some_and(|last| at.since(last.at) + std::time::Duration::from_millis(50) < spacing)
        {
            return;
        }
        if self.evidence.len() >= MOST_POINTS {
            let mut keep = false;
            self.evidence.retain(|_| {
                keep = !keep;
                keep
            });
            self.spacing_millis = self.spacing_millis.max(1000).saturating_mul(2);
        }
        let metric = |metric: &weir_judge::MetricVerdict| MetricPoint {
            name: metric.name.clone(),
            e_harm: metric.e_harm,
            e_pass: metric.e_pass,
        };
        self.evidence.push(Point {
            at,
            canary_weight,
            canary_requests: totals.canary.outcomes.total(),
            canary_errors: totals.canary.outcomes.errors(),
            e_value: verdict.e_value,
            metrics: verdict.metrics.iter().map(metric).collect(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{History, MOST_EVENTS, MOST_POINTS};
    use crate::sample::Tracks;
    use weir_api::{Share, Timestamp};
    use weir_judge::{Criteria, Sequential};

    #[test]
    fn a_day_of_evidence_stays_bounded_and_covers_the_day() {
        let verdict = Sequential::without_intervals(Criteria::default(), Vec::new()).verdict();
        let at = |second: i64| Timestamp::from_unix_micros(second * 1_000_000);
        let mut history = History::default();
        for second in 0..86_400 {
            history.point(at(second), Share::ZERO, &Tracks::default(), &verdict);
            history.tell(at(second), "Pod", "again".to_owned());
        }
        assert!(history.evidence.len() <= MOST_POINTS && history.evidence.len() >= MOST_POINTS / 3);
        assert_eq!(history.evidence[0].at, at(0));
        assert!(at(86_400).since(history.evidence.last().unwrap().at).as_secs() <= 300);
        assert_eq!(history.events.len(), MOST_EVENTS);
    }
}
