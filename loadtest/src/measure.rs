//! What one worker measured in one interval; intervals and workers add up by merging.
//!
//! ```text
//! times   how long requests took
//! group   how those with one value of the group header ended
//! ```
//! Fixed memory: histograms of 3 significant digits up to one hour, and at most [`MAX_GROUPS`] groups. No code is shared with the
//! telemetry of the proxy: an instrument must not inherit the faults of what it measures.

use std::time::Duration;

use crate::outcome::Outcome;

mod group;
mod times;

pub(crate) use group::{Group, GroupName};
pub(crate) use times::Times;

/// Groups told apart by header value; further ones are counted together.
pub(crate) const MAX_GROUPS: usize = 60;

/// Requests that were due and never given to a connection, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UnsentCounts {
    /// As many as allowed were due and not finished.
    pub(crate) max_in_flight: u64,
    /// They waited for a connection until their time was over.
    pub(crate) expired: u64,
    /// The run was ended early while they waited.
    pub(crate) stopped: u64,
}

impl UnsentCounts {
    /// All of them.
    pub(crate) fn total(self) -> u64 {
        let Self { max_in_flight, expired, stopped } = self;
        max_in_flight + expired + stopped
    }
}

/// One finished request.
#[derive(Debug)]
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// The status of the answer, also of a cut one.
    pub(crate) status: Option<u16>,
    pub(crate) group: GroupName,
    /// From the intended start.
    pub(crate) latency: Duration,
    /// From the actual start.
    pub(crate) service: Duration,
    /// Bytes of the body that came.
    pub(crate) body_bytes: u64,
}

/// Everything measured in one interval by one worker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Requests that were due.
    pub(crate) scheduled: u64,
    /// Requests written to a connection.
    pub(crate) sent: u64,
    /// Due and never written, by reason.
    pub(crate) unsent: UnsentCounts,
    /// How late requests were started for which a connection was free: the error of the instrument itself.
    pub(crate) lag: Times,
    /// By group, in order of appearance.
    pub(crate) groups: Vec<(GroupName, Group)>,
    /// Together, the groups beyond the first [`MAX_GROUPS`].
    pub(crate) other: Group,
}

impl Tally {
    /// One finished request.
    pub(crate) fn finished(&mut self, finished: Finished) {
        let Finished { outcome, status, group, latency, service, body_bytes } = finished;
        let group = self.group(group);
        group.outcomes.add(outcome);
        if let Some(status) = status {
            group.count_status(status, 1);
        }
        if outcome.is_timed() {
            group.latency.record(latency);
            group.service.record(service);
        }
        group.body_bytes += body_bytes;
    }

    fn group(&mut self, name: GroupName) -> &mut Group {
        let position = match self.groups.iter().position(|(known, _)| *known == name) {
            None if self.groups.len() < MAX_GROUPS => {
                self.groups.push((name, Group::default()));
                self.groups.len() - 1
            }
            None => return &mut self.other,
            Some(known) => known,
        };
        match self.groups.get_mut(position) {
            Some((_, group)) => group,
            None => &mut self.other,
        }
    }

    /// All of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        let Self { scheduled, sent, unsent, lag, groups, other } = other;
        self.scheduled += scheduled;
        self.sent += sent;
        self.unsent.max_in_flight += unsent.max_in_flight;
        self.unsent.expired += unsent.expired;
        self.unsent.stopped += unsent.stopped;
        self.lag.merge(lag);
        for (name, group) in groups {
            self.group(name.clone()).merge(group);
        }
        self.other.merge(other);
    }

    /// All groups together.
    pub(crate) fn total(&self) -> Group {
        let mut total = self.other.clone();
        for (_, group) in &self.groups {
            total.merge(group);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn finished(group: GroupName, outcome: Outcome, millis: u64) -> Finished {
        let time = Duration::from_millis(millis);
        Finished { outcome, status: Some(200), group, latency: time, service: time, body_bytes: 1 }
    }

    #[test]
    fn groups_beyond_the_limit_are_counted_together_and_none_is_lost() {
        let mut tally = Tally::default();
        for number in 0..MAX_GROUPS + 5 {
            let name = GroupName::Value(HeaderValue::from(number));
            tally.finished(finished(name, Outcome::Success, 1));
        }
        assert_eq!((tally.groups.len(), tally.other.outcomes.total()), (MAX_GROUPS, 5));
        assert_eq!(tally.total().outcomes.total(), 65);
    }

    #[test]
    fn merged_tallies_add_up_and_untimed_outcomes_have_no_time() {
        let mut first = Tally::default();
        first.finished(finished(GroupName::None, Outcome::Success, 1));
        let mut second = first.clone();
        second.finished(finished(GroupName::None, Outcome::Reset, 0));
        second.unsent.expired += 1;
        first.merge(&second);
        let total = first.total();
        assert_eq!((total.outcomes.total(), total.outcomes.errors(), total.latency.count()), (3, 1, 2));
        assert_eq!((total.statuses, first.unsent.total()), (vec![(200, 3)], 1));
    }
}
