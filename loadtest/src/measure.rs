//! What one worker measured in one interval; intervals and workers add up by merging.
//!
//! Fixed memory: histograms of 3 significant digits up to one hour, and at most [`MAX_GROUPS`] groups. No code is shared with the
//! telemetry of the proxy: an instrument must not inherit the faults of what it measures.

use std::time::Duration;

use hdrhistogram::Histogram;
use http::HeaderValue;

use crate::outcome::{Outcome, Outcomes};

/// Groups told apart by header value; further ones are counted together.
pub const MAX_GROUPS: usize = 60;

/// Longest time told apart, in microseconds: one hour.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// Times in microseconds. Takes no memory before the first one.
#[derive(Debug, Clone, Default)]
pub struct Times(Option<Histogram<u64>>);

impl Times {
    /// One more.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(LONGEST_MICROS);
        if self.0.is_none() {
            // Fails only for more than 5 digits. It grows as needed, which a value below the longest never prevents.
            self.0 = Histogram::new(3).ok();
        }
        let recorded = self.0.as_mut().map(|histogram| histogram.record(micros));
        debug_assert_eq!(recorded, Some(Ok(())), "{micros} us");
    }

    /// All of another.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (none @ None, Some(other)) => *none = Some(other.clone()),
            (Some(own), Some(other)) => {
                let added = own.add(other);
                debug_assert_eq!(added, Ok(()), "a histogram that grows takes every other");
            }
        }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn filled(&self) -> Option<&Histogram<u64>> {
        self.0.as_ref().filter(|histogram| !histogram.is_empty())
    }

    /// The time in microseconds that a share `q` of all did not exceed: the value at rank ceil(q n), to 3 digits, never below it.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        self.filled().map(|histogram| histogram.value_at_quantile(q).min(histogram.max()))
    }

    /// Mean in microseconds.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.filled().map(Histogram::mean)
    }

    /// Longest, in microseconds and to 3 digits.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        self.filled().map(Histogram::max)
    }
}

/// What the responses of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupName {
    /// This value of the header.
    Value(HeaderValue),
    /// An answer without the header, or no answer at all.
    None,
}

impl GroupName {
    /// For reports.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Value(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            Self::None => "(none)".to_owned(),
        }
    }
}

/// Results of one group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// How requests ended.
    pub outcomes: Outcomes,
    /// Whole answers by status.
    pub statuses: Vec<(u16, u64)>,
    /// From the intended start to the end.
    pub latency: Times,
    /// From the actual start to the end.
    pub service: Times,
    /// Bytes of bodies.
    pub body_bytes: u64,
}

impl Group {
    fn count_status(&mut self, status: u16, count: u64) {
        match self.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, known)) => *known += count,
            None => self.statuses.push((status, count)),
        }
    }

    /// All of another.
    pub fn merge(&mut self, other: &Self) {
        let Self { outcomes, statuses, latency, service, body_bytes } = other;
        self.outcomes.merge(outcomes);
        for &(status, count) in statuses {
            self.count_status(status, count);
        }
        self.latency.merge(latency);
        self.service.merge(service);
        self.body_bytes += body_bytes;
    }
}

/// Why a request that was due was never given to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// As many as allowed were due and not finished.
    MaxInFlight,
    /// It waited for a connection until its time was over.
    Expired,
    /// The run was ended early while it waited.
    Stopped,
}

/// Counts by [`Unsent`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnsentCounts {
    /// [`Unsent::MaxInFlight`].
    pub max_in_flight: u64,
    /// [`Unsent::Expired`].
    pub expired: u64,
    /// [`Unsent::Stopped`].
    pub stopped: u64,
}

impl UnsentCounts {
    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        let Self { max_in_flight, expired, stopped } = self;
        max_in_flight + expired + stopped
    }
}

/// One finished request.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// The status of the answer, also of a cut one.
    pub status: Option<u16>,
    /// Its group.
    pub group: GroupName,
    /// From the intended start.
    pub latency: Duration,
    /// From the actual start.
    pub service: Duration,
    /// Bytes of the body that came.
    pub body_bytes: u64,
}

/// Everything measured in one interval by one worker.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests that were due.
    pub scheduled: u64,
    /// Requests written to a connection.
    pub sent: u64,
    /// Due and never written, by reason.
    pub unsent: UnsentCounts,
    /// How late requests were started for which a connection was free: the error of the instrument itself.
    pub lag: Times,
    /// By group, in order of appearance.
    pub groups: Vec<(GroupName, Group)>,
    /// Together, the groups beyond the first [`MAX_GROUPS`].
    pub other: Group,
}

impl Tally {
    /// One due request that was never given to a connection.
    pub fn unsent(&mut self, reason: Unsent) {
        match reason {
            Unsent::MaxInFlight => self.unsent.max_in_flight += 1,
            Unsent::Expired => self.unsent.expired += 1,
            Unsent::Stopped => self.unsent.stopped += 1,
        }
    }

    /// One finished request.
    pub fn finished(&mut self, finished: Finished) {
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
    pub fn merge(&mut self, other: &Self) {
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
    #[must_use]
    pub fn total(&self) -> Group {
        let mut total = self.other.clone();
        for (_, group) in &self.groups {
            total.merge(group);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(group: GroupName, outcome: Outcome, millis: u64) -> Finished {
        let time = Duration::from_millis(millis);
        Finished { outcome, status: Some(200), group, latency: time, service: time, body_bytes: 1 }
    }

    #[test]
    fn a_quantile_is_the_value_at_its_rank_to_three_digits() {
        let mut times = Times::default();
        assert_eq!(times.quantile(0.5), None);
        (1..=1000).for_each(|micros| times.record(Duration::from_micros(micros)));
        assert_eq!(
            [0.0, 0.5, 0.99, 1.0].map(|q| times.quantile(q)),
            [Some(1), Some(500), Some(990), Some(1000)]
        );
        times.record(Duration::from_hours(50));
        let max = times.max().unwrap();
        assert!(
            max.abs_diff(LONGEST_MICROS) < LONGEST_MICROS / 1000,
            "{max}: longer than the longest counts as the longest"
        );
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
        second.unsent(Unsent::Expired);
        first.merge(&second);
        let total = first.total();
        assert_eq!((total.outcomes.total(), total.outcomes.errors(), total.latency.count()), (3, 1, 2));
        assert_eq!((total.statuses, first.unsent.total()), (vec![(200, 3)], 1));
    }
}
