//! One second of a run, as progress.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Results, in_flight};
use crate::measure::Tally;

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
            groups: Results::by_group(tally),
            total: Totals {
                scheduled: total.scheduled,
                completed: all.total(),
                errors: all.errors(),
                unsent,
            },
        }
    }
}
