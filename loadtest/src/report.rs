//! What a run found, for people and for machines.
//!
//! ```text
//! results   how requests ended, and how long they took
//! second    one second of a run, as progress
//! text      a report for people
//! ```
//! Every number adds up: `scheduled = completed + unsent.total + unfinished`, and `completed` is the sum of `outcomes`.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    measure::{Tally, UnsentCounts},
    plan::{Pace, Plan, Protocol},
};

mod results;
mod second;
pub mod text;

pub(crate) use results::ratio;
pub use results::{Quantiles, Results};
pub use second::{Second, Totals};

/// Version of the JSON form; it changes when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

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
            groups: Results::by_group(total),
            users: (grouped && !plan.variations.is_empty()).then_some(Users { seen, moved }),
        }
    }
}

/// What was due and has neither ended nor been given up.
fn in_flight(total: &Tally, completed: u64) -> u64 {
    total.scheduled.saturating_sub(completed + total.unsent.total())
}

/// `count` per second of `elapsed`.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn per_second(count: u64, elapsed: Duration) -> f64 {
    if elapsed.is_zero() { 0.0 } else { count as f64 / elapsed.as_secs_f64() }
}
