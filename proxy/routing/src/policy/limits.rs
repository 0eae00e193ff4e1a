//! `limit-rps`, `limit-rpm` and `limit-connections`: what one client may ask of an Ingress at a time.
//!
//! As in ingress-nginx the routes of an Ingress share their limits, and each client is its address. Whoever serves keeps the count: see
//! [`Asked::meter`](super::Asked::meter).

use std::hash::{Hash as _, Hasher as _};
use std::net::IpAddr;

use serde::Serialize;
use siphasher::sip::SipHasher13;

use crate::network::Network;

/// What one client may ask of an Ingress at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Tells the counts of Ingresses apart.
    #[serde(skip)]
    pub zone: u64,
    /// Requests a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<Rate>,
    /// Requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<Rate>,
    /// Requests in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// Clients that are not limited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<Network>,
}

/// A rate, and how far beyond it a client may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Requests in the time.
    pub limit: u32,
    /// Requests beyond it.
    pub burst: u32,
}

impl Limits {
    /// The zone of an Ingress, by its key.
    pub(crate) fn zone_of(ingress: &str) -> u64 {
        let mut hasher = SipHasher13::new();
        ingress.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether a client is not limited.
    pub(crate) fn is_exempt(&self, client: IpAddr) -> bool {
        self.exempt.iter().any(|network| network.contains(client))
    }
}

/// nginx's leaky bucket: how far a client is beyond its rate, in thousandths of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Milliseconds at the last request that was let through.
    last: u64,
    excess: u64,
}

impl Bucket {
    /// A client's first request, at `now` milliseconds.
    #[must_use]
    pub fn new(now: u64) -> Self {
        Self { last: now, excess: 0 }
    }

    /// Whether one more request is let through, at `now` milliseconds. One that is not leaves no trace.
    pub fn takes(&mut self, now: u64, rate: Rate, seconds: u64) -> bool {
        let elapsed = now.saturating_sub(self.last);
        // Per millisecond it is limit / seconds thousandths of a request.
        let leaked = u64::from(rate.limit).saturating_mul(elapsed) / seconds.max(1);
        let excess = (self.excess + 1000).saturating_sub(leaked);
        if excess > u64::from(rate.burst) * 1000 {
            return false;
        }
        *self = Self { last: now, excess };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Rate};

    #[test]
    fn a_bucket_takes_the_burst_at_once_and_then_the_rate() {
        let rate = Rate { limit: 2, burst: 10 };
        let mut bucket = Bucket::new(5_000);
        // The first request made it; ten more are its burst.
        let taken = (0..20).filter(|_| bucket.takes(5_000, rate, 1)).count();
        assert_eq!(taken, 10);
        assert!(!bucket.takes(5_400, rate, 1));
        assert!(bucket.takes(5_500, rate, 1));
        assert!(!bucket.takes(5_500, rate, 1));
        assert_eq!((0..20).filter(|_| bucket.takes(60_000, rate, 1)).count(), 11);
    }

    #[test]
    fn a_rate_of_minutes_leaks_sixty_times_slower() {
        let rate = Rate { limit: 30, burst: 1 };
        let mut bucket = Bucket::new(0);
        assert!(bucket.takes(0, rate, 60));
        assert!(!bucket.takes(1_999, rate, 60));
        assert!(bucket.takes(2_000, rate, 60));
    }

    #[test]
    fn a_clock_that_goes_back_lets_nobody_in_for_it() {
        let rate = Rate { limit: 1, burst: 0 };
        let mut bucket = Bucket::new(10_000);
        assert!(!bucket.takes(0, rate, 1));
    }
}
