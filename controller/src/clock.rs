//! The time that decisions are made by: the machine's clock, without its jumps. Pure.
//!
//! Deadlines and pauses are differences of instants that are hours apart at most. While something is being released time goes on as this process has seen it
//! pass; at rest nothing is measured, and the machine's clock is taken as it is. A status from the future is one from before the clock was set back:
//! then time goes on from there.

use std::time::{Duration, Instant};

use weir_api::Timestamp;

/// A difference to the machine's clock that is worth telling.
const JUMP: Duration = Duration::from_secs(5);
/// A status from further ahead was never written by a clock that worked.
const BELIEVED: Duration = Duration::from_hours(24);

/// The time that decisions are made by.
#[derive(Debug)]
pub struct Clock {
    /// What it was ...
    time: Timestamp,
    /// ... when the process had run for so long.
    at: Instant,
    /// A release is measured by it.
    is_steady: bool,
    /// That the machine's clock says something else was told.
    is_told: bool,
}

impl Clock {
    /// A clock that agrees with the machine's, which says `wall` at this moment.
    #[must_use]
    pub fn new(wall: Timestamp, at: Instant) -> Self {
        Self { time: wall, at, is_steady: false, is_told: false }
    }

    /// The time now, when the machine's clock says `wall`.
    pub fn now(&mut self, wall: Timestamp, at: Instant) -> Timestamp {
        let passed = self.time.plus(at.saturating_duration_since(self.at));
        if !self.is_steady {
            (self.time, self.at) = (wall, at);
            return wall;
        }
        let jump = wall.since(passed).max(passed.since(wall));
        if jump >= JUMP && !self.is_told {
            tracing::warn!(
                "the machine's clock was set by {jump:?}: what is being released goes on by the time that has passed"
            );
            self.is_told = true;
        }
        (self.time, self.at) = (passed, at);
        passed
    }

    /// Notes that releases are measured, of which the last step began at this time; `None`: nothing is being released.
    pub fn measures(&mut self, since: Option<Timestamp>) {
        self.is_steady = since.is_some();
        self.is_told &= self.is_steady;
        if let Some(since) =
            since.filter(|since| (Duration::ZERO..BELIEVED).contains(&since.since(self.time)))
        {
            self.time = self.time.max(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Duration, Instant, Timestamp};

    const HOUR: Duration = Duration::from_hours(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000)
    }

    #[test]
    fn time_passes_evenly_while_something_is_released_and_follows_the_machine_at_rest() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut clock = Clock::new(at(10_000), begun);
        assert_eq!(clock.now(at(10_001), after(1)), at(10_001));
        clock.measures(Some(at(10_001)));
        for (wall, expected) in [(10_002, 10_002), (13_603, 10_003), (6_404, 10_004)] {
            assert_eq!(clock.now(at(wall), after(expected - 10_000)), at(i64::try_from(expected).unwrap()));
        }
        clock.measures(None);
        assert_eq!(clock.now(at(6_405), after(5)), at(6_405), "at rest the machine's clock is right");
    }

    #[test]
    fn a_status_from_the_future_is_where_time_goes_on_from() {
        let begun = Instant::now();
        let mut clock = Clock::new(at(10_000), begun);
        assert_eq!(clock.now(at(10_000), begun), at(10_000));
        clock.measures(Some(at(13_600)));
        assert_eq!(clock.now(at(10_007), begun + Duration::from_secs(7)), at(13_607));
        clock.measures(Some(at(13_605)));
        assert_eq!(clock.now(at(10_008), begun + Duration::from_secs(8)), at(13_608));
        clock.measures(Some(at(13_608).plus(25 * HOUR)));
        assert_eq!(clock.now(at(10_009), begun + Duration::from_secs(9)), at(13_609), "no clock says that");
    }
}
