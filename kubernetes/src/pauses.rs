//! How long a watch waits before it is tried again.
//!
//! The API server of a cluster that has just come back is asked within seconds: what changed meanwhile is not known before. A client library's
//! default of half a minute is meant for thousands of clients, and here each program has a handful of watches.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use kube::runtime::utils::Backoff;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(200);
/// A failure so long after the one before is a first one.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// Pauses that double, each shortened by up to a half at random, so that the watches of many programs do not come back together.
#[derive(Debug)]
pub(crate) struct Pauses {
    /// After many failures.
    longest: Duration,
    failures: u32,
    last: Option<Instant>,
    random: RandomState,
}

impl Pauses {
    /// Pauses of at most this time.
    pub(crate) fn of_at_most(longest: Duration) -> Self {
        Self { longest, failures: 0, last: None, random: RandomState::default() }
    }

    /// The pause after a failure at this moment.
    fn after(&mut self, now: Instant) -> Duration {
        if self.last.is_some_and(|last| now - last > FORGOTTEN) {
            self.failures = 0;
        }
        self.last = Some(now);
        let pause = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let thousandths = u32::try_from(self.random.hash_one(self.failures) % 500).unwrap_or_default();
        pause.saturating_sub(pause / 1_000 * thousandths)
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.after(Instant::now()))
    }
}

impl Backoff for Pauses {
    /// A watch that lists again says so before it fails, so what comes from it is no sign that the API server is well: only time is.
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::{Duration, FIRST, FORGOTTEN, Instant, Pauses};

    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn pauses_grow_to_the_longest_and_begin_anew_after_a_while() {
        let (mut pauses, now) = (Pauses::of_at_most(LONGEST), Instant::now());
        let all: Vec<Duration> = (0..50).map(|_| pauses.after(now)).collect();
        assert!(all[0] <= FIRST && all[0] >= FIRST / 2, "{all:?}");
        assert!(all.iter().skip(6).all(|pause| *pause <= LONGEST && *pause >= LONGEST / 2), "{all:?}");
        assert!(pauses.after(now + FORGOTTEN * 2) <= FIRST);
    }
}
