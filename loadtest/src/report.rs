//! What a run found, for people and for machines.
//!
//! Every number adds up: `scheduled = completed + unsent.total + unfinished`, and `completed` is the sum of `outcomes`.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    measure::{Group, GroupName, Tally, Times, UnsentCounts},
    outcome::{Outcome, Outcomes},
    plan::{Pace, Plan, Protocol},
};

pub mod text;

/// Version of the JSON form; it changes when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

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
    fn of(times: &Times) -> Self {
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

/// Requests that were due and never written, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnsentReport {
    /// All of them.
    pub total: u64,
    /// As many as allowed were in flight.
    pub max_in_flight: u64,
    /// They waited for a connection until their timeout.
    pub expired: u64,
    /// They waited for a connection when the run was ended early.
    pub stopped: u64,
}

impl UnsentReport {
    fn of(counts: UnsentCounts) -> Self {
        let UnsentCounts { max_in_flight, expired, stopped } = counts;
        Self { total: counts.total(), max_in_flight, expired, stopped }
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
    fn of(group: &Group) -> Self {
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

    /// The count of one outcome.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(outcome.as_str()).copied().unwrap_or(0)
    }

    /// Errors per completed request, between 0 and 1; 0 when nothing has completed.
    #[must_use]
    pub fn error_share(&self) -> f64 {
        ratio(self.errors, self.completed)
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

/// `count` per second of `elapsed`.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn per_second(count: u64, elapsed: Duration) -> f64 {
    if elapsed.is_zero() { 0.0 } else { count as f64 / elapsed.as_secs_f64() }
}

/// Simulated users and whether they stuck to one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    /// Users that got an answer with a group.
    pub seen: u64,
    /// Of these, users that got answers of several groups.
    pub moved: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ending {
    pub(crate) elapsed: Duration,
    pub(crate) early: bool,
    /// Users seen, and moved.
    pub(crate) cohorts: (u64, u64),
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// What was asked for, in words.
    pub plan: PlanReport,
    /// When the schedule began, microseconds since 1970.
    pub started_at_unix_micros: u64,
    /// From then to the last answer, seconds.
    pub elapsed_seconds: f64,
    /// Whether it was ended before its plan was.
    pub ended_early: bool,
    /// Requests that were due.
    pub scheduled: u64,
    /// Requests written to a connection: those that the server may have seen.
    pub sent: u64,
    /// Due, and never written.
    pub unsent: UnsentReport,
    /// Still in flight when the run was ended early.
    pub unfinished: u64,
    /// Completed requests per second.
    pub completed_per_second: f64,
    /// How late requests were started for which a connection was free: the error of the instrument itself.
    pub lag_micros: Quantiles,
    /// All requests.
    pub results: Results,
    /// By value of the group header; `(none)`: an answer without it, or none.
    pub groups: BTreeMap<String, Results>,
    /// With a group header and a header that varies; by the values of the first that varies.
    pub users: Option<Users>,
}

/// A plan in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanReport {
    /// The URLs.
    pub targets: Vec<String>,
    /// `HTTP/1.1` or `HTTP/2`.
    pub protocol: String,
    /// Open with its schedule, or closed with its connections.
    pub pace: String,
    /// Whether the clock decides, which is when latency means what a user would see.
    pub open_loop: bool,
}

impl PlanReport {
    fn of(plan: &Plan) -> Self {
        let (pace, open_loop) = match &plan.pace {
            Pace::Open { schedule, .. } => (format!("open loop, {schedule}"), true),
            Pace::Closed { lanes, .. } => (format!("closed loop, {lanes} at a time"), false),
        };
        let protocol = match plan.protocol {
            Protocol::Http1 => "HTTP/1.1",
            Protocol::Http2 { .. } => "HTTP/2",
        };
        let targets = plan.targets.iter().map(|target| target.url.to_string()).collect();
        Self { targets, protocol: protocol.to_owned(), pace, open_loop }
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan, total: &Tally, ending: &Ending, started_at: SystemTime) -> Self {
        let results = Results::of(&total.total());
        let grouped = plan.group_by.is_some();
        let started = started_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let (seen, moved) = ending.cohorts;
        Self {
            version: VERSION,
            plan: PlanReport::of(plan),
            started_at_unix_micros: u64::try_from(started).unwrap_or(u64::MAX),
            elapsed_seconds: ending.elapsed.as_secs_f64(),
            ended_early: ending.early,
            scheduled: total.scheduled,
            sent: total.sent,
            unsent: UnsentReport::of(total.unsent),
            unfinished: in_flight(total, results.completed),
            completed_per_second: per_second(results.completed, ending.elapsed),
            lag_micros: Quantiles::of(&total.lag),
            results,
            groups: groups(total),
            users: (grouped && !plan.variations.is_empty()).then_some(Users { seen, moved }),
        }
    }
}

/// What was due and has neither ended nor been given up.
fn in_flight(total: &Tally, completed: u64) -> u64 {
    total.scheduled.saturating_sub(completed + total.unsent.total())
}

fn groups(tally: &Tally) -> BTreeMap<String, Results> {
    // Without a group header, or as long as no answer carried it, there is nothing to tell apart.
    if tally.groups.iter().all(|(name, _)| *name == GroupName::None) {
        return BTreeMap::new();
    }
    let mut groups: BTreeMap<_, _> =
        tally.groups.iter().map(|(name, group)| (name.show(), Results::of(group))).collect();
    if tally.other.outcomes.total() > 0 {
        groups.insert("(other)".to_owned(), Results::of(&tally.other));
    }
    groups
}

/// One second of a run, as progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Second {
    /// Counted from 1. The last may be shorter.
    pub second: u64,
    /// Requests due in this second.
    pub scheduled: u64,
    /// Requests written in this second.
    pub sent: u64,
    /// Due in this second and not to be sent.
    pub unsent: u64,
    /// Due, neither ended nor given up, at its end.
    pub in_flight: u64,
    /// Requests that ended in this second.
    pub results: Results,
    /// By value of the group header.
    pub groups: BTreeMap<String, Results>,
    /// The same counts since the start.
    pub total: Totals,
}

/// Counts since the start of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Requests due.
    pub scheduled: u64,
    /// Requests that ended.
    pub completed: u64,
    /// Of these, errors.
    pub errors: u64,
    /// Due and not to be sent.
    pub unsent: u64,
}

impl Second {
    pub(crate) fn new(second: u64, tally: &Tally, total: &Tally) -> Self {
        let all = total.total().outcomes;
        let unsent = total.unsent.total();
        Self {
            second,
            scheduled: tally.scheduled,
            sent: tally.sent,
            unsent: tally.unsent.total(),
            in_flight: in_flight(total, all.total()),
            results: Results::of(&tally.total()),
            groups: groups(tally),
            total: Totals {
                scheduled: total.scheduled,
                completed: all.total(),
                errors: all.errors(),
                unsent,
            },
        }
    }
}
