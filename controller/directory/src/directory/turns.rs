//! Reading that nobody waits for, beside work that somebody waits for.
//!
//! Thousands of files take milliseconds, for which nobody else has to wait where there is one CPU for all. But whoever yields gives the rest of
//! his time slice away: with niceness and busy neighbours he waits for tens of milliseconds each time, so it is not done at each file.

use std::time::{Duration, Instant};

/// How long one reads on.
const TURN: Duration = Duration::from_micros(250);

/// Turns of one's own, and of others in between.
#[derive(Debug)]
pub(super) struct Turns {
    since: Instant,
}

impl Turns {
    pub(super) fn begin() -> Self {
        Self { since: Instant::now() }
    }

    /// Between two files: lets others go first where this turn is over.
    pub(super) fn next(&mut self) {
        if self.is_over(Instant::now()) {
            std::thread::yield_now();
            self.since = Instant::now();
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.since) >= TURN
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turns;

    #[test]
    fn many_small_files_are_one_turn_and_a_large_one_ends_it() {
        let turns = Turns::begin();
        let after = |micros| turns.is_over(turns.since + Duration::from_micros(micros));
        assert!(
            !after(0) && !after(249),
            "to yield at each file costs tens of milliseconds each beside busy neighbours"
        );
        assert!(after(250) && after(10_000));
    }
}
