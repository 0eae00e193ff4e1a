//! Numbers that look drawn, and are the same for the same key: so a run that is read back waits for what it waited for before.

use std::hash::Hasher;
use std::time::Duration;

use siphasher::sip::SipHasher13;

/// A length from zero to `max`, both included, all milliseconds alike. Nobody gains by guessing it, so the hash needs no secret.
pub(crate) fn up_to(key: &str, max: Duration) -> Duration {
    let mut hasher = SipHasher13::new();
    hasher.write(key.as_bytes());
    let scaled = u128::from(hasher.finish()).saturating_mul(max.as_millis().saturating_add(1)) >> u64::BITS;
    Duration::from_millis(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::up_to;

    #[test]
    fn draws_are_spread_and_repeatable() {
        let max = Duration::from_secs(10);
        let drawn: Vec<Duration> = (0..1_000).map(|n| up_to(&format!("run.stage.{n}"), max)).collect();
        assert_eq!(drawn[7], up_to("run.stage.7", max));
        assert!(drawn.iter().all(|length| *length <= max));
        let mean = drawn.iter().sum::<Duration>() / 1_000;
        assert!((4_500..5_500).contains(&mean.as_millis()), "{mean:?}");
        assert!(drawn.iter().filter(|length| length.as_secs() == 0).count() > 50);
        assert_eq!(up_to("a", Duration::ZERO), Duration::ZERO);
    }
}
