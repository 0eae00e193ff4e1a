//! How requests ended and how long they took, of all or of a group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    measure::{Group, GroupName, Tally, Times},
    outcome::{Outcome, Outcomes},
};

/// Times in microseconds; all zero when there were none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names of quantiles")]
pub struct Quantiles {
    /// How many times.
    pub count: u64,
    pub mean: f64,
    pub p50: u64,
    pub p75: u64,
    pub p90: u64,
    pub p95: u64,
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    pub max: u64,
}

impl Quantiles {
    pub(super) fn of(times: &Times) -> Self {
        let at = |q| times.quantile(q).unwrap_or(0);
        Self {
            count: times.count(),
            mean: times.mean().unwrap_or(0.0),
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: times.max().unwrap_or(0),
        }
    }
}

/// Results of all requests, or of those with one value of the group header.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    /// Requests that ended.
    pub completed: u64,
    /// Those that ended in something else than a whole 2xx or 3xx answer.
    pub errors: u64,
    /// By outcome; those that never happened are left out.
    pub outcomes: BTreeMap<String, u64>,
    /// Answers by status, cut ones included.
    pub statuses: BTreeMap<u16, u64>,
    /// Bytes of bodies received.
    pub body_bytes: u64,
    /// From the intended start to the end of the answer; timeouts count with the time at which they were given up.
    pub latency_micros: Quantiles,
    /// From the actual start; what a closed loop would have told.
    pub service_micros: Quantiles,
}

impl Results {
    pub(super) fn of(group: &Group) -> Self {
        let Group { outcomes, statuses, latency, service, body_bytes } = group;
        Self {
            completed: outcomes.total(),
            errors: outcomes.errors(),
            outcomes: named(outcomes),
            statuses: statuses.iter().copied().collect(),
            body_bytes: *body_bytes,
            latency_micros: Quantiles::of(latency),
            service_micros: Quantiles::of(service),
        }
    }

    /// By value of the group header.
    pub(super) fn by_group(tally: &Tally) -> BTreeMap<String, Self> {
        // Without a group header, or as long as no answer carried it, there is nothing to tell apart.
        if tally.groups.iter().all(|(name, _)| *name == GroupName::None) {
            return BTreeMap::new();
        }
        let mut groups: BTreeMap<_, _> =
            tally.groups.iter().map(|(name, group)| (name.show(), Self::of(group))).collect();
        if tally.other.outcomes.total() > 0 {
            groups.insert("(other)".to_owned(), Self::of(&tally.other));
        }
        groups
    }

    /// The count of one outcome.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(outcome.as_str()).copied().unwrap_or(0)
    }
}

fn named(outcomes: &Outcomes) -> BTreeMap<String, u64> {
    let happened = outcomes.iter().filter(|(_, count)| *count > 0);
    happened.map(|(outcome, count)| (outcome.as_str().to_owned(), count)).collect()
}

/// `part / whole`, and 0 for nothing.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
