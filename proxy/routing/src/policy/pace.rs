//! `limit-rate`, `limit-rate-after`: how fast an answer may go out.

use std::time::Duration;

use serde::Serialize;

/// How fast one answer may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Bytes a second; never 0.
    pub rate: u64,
    /// Bytes that go out before that counts.
    pub after: u64,
}

impl Pace {
    /// Bytes that may have gone out this long after the first: as in nginx those of one second more, so small answers never wait.
    #[must_use]
    pub fn allowed(&self, age: Duration) -> u64 {
        let micros = age.as_micros().saturating_add(1_000_000);
        let bytes = u128::from(self.rate).saturating_mul(micros) / 1_000_000;
        u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Pace};

    #[test]
    fn bytes_follow_time_and_never_overflow() {
        let pace = Pace { rate: 1024, after: 10 };
        for (millis, allowed) in [(0, 1034), (500, 1546), (1000, 2058), (60_000, 61 * 1024 + 10)] {
            assert_eq!(pace.allowed(Duration::from_millis(millis)), allowed, "{millis} ms");
        }
        assert_eq!(Pace { rate: u64::MAX, after: u64::MAX }.allowed(Duration::MAX), u64::MAX);
    }
}
