//! What each client asks of Ingresses with limits, counted for the whole proxy: its workers share it, as nginx's share a zone.
//!
//! Bounded: a shard that is full begins a new generation and forgets, after one more, whoever has not come since. A client that is forgotten begins
//! anew, so nobody is refused for want of memory. Only routes with limits come here, and each request locks one of [`SHARDS`] shards for a moment.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use weir_routing::policy::{Bucket, Denial, Limits, Rate};

/// Parts that are locked on their own.
const SHARDS: usize = 64;
/// Clients that one generation of a shard holds.
const GENERATION: usize = 1024;
/// Seconds of the two kinds of rate.
const SECOND: u64 = 1;
const MINUTE: u64 = 60;

/// What every client asks.
#[derive(Debug)]
pub(crate) struct Meter {
    shards: Box<[Mutex<Shard>]>,
    /// Clients choose their addresses, within reason, but not where they are counted.
    hasher: RandomState,
    started: Instant,
}

#[derive(Debug, Default)]
struct Shard {
    young: HashMap<Key, Buckets>,
    old: HashMap<Key, Buckets>,
    /// Requests in flight. Bounded by themselves.
    in_flight: HashMap<Key, u32>,
}

/// An Ingress and a client.
type Key = (u64, IpAddr);

/// One client at one Ingress.
#[derive(Clone, Copy, Debug, Default)]
struct Buckets {
    per_second: Option<Bucket>,
    per_minute: Option<Bucket>,
}

impl Default for Meter {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), started: Instant::now() }
    }
}

impl Meter {
    /// Counts one more request of a client; why it is refused, or what it holds while it is in flight.
    ///
    /// In a box, because every request has room for one and hardly any has one.
    pub(crate) fn admit(
        self: &Arc<Self>,
        limits: &Limits,
        client: IpAddr,
    ) -> Result<Option<Box<Slot>>, Denial> {
        let key = (limits.zone, client);
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Some(mut shard) = self.shard(key) else { return Ok(None) };
        if limits.per_second.is_some() || limits.per_minute.is_some() {
            shard.rate(key, now, limits)?;
        }
        let Some(most) = limits.connections else { return Ok(None) };
        let in_flight = shard.in_flight.entry(key).or_default();
        if *in_flight >= most {
            return Err(Denial::Connections);
        }
        *in_flight += 1;
        Ok(Some(Box::new(Slot { meter: Arc::clone(self), key })))
    }

    fn shard(&self, key: Key) -> Option<MutexGuard<'_, Shard>> {
        let shards = u64::try_from(self.shards.len()).ok()?;
        let number = usize::try_from(self.hasher.hash_one(key).checked_rem(shards)?).ok()?;
        Some(self.shards.get(number)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    /// As nginx: the rate by the second first, and one that is over stops the other from counting.
    fn rate(&mut self, key: Key, now: u64, limits: &Limits) -> Result<(), Denial> {
        let buckets = self.buckets(key);
        let mut takes = |bucket: fn(&mut Buckets) -> &mut Option<Bucket>, rate: Option<Rate>, seconds| {
            let Some(rate) = rate else { return Ok(()) };
            let place = bucket(buckets);
            let takes = if let Some(bucket) = place {
                bucket.takes(now, rate, seconds)
            } else {
                *place = Some(Bucket::new(now));
                true
            };
            if takes { Ok(()) } else { Err(Denial::Rate) }
        };
        takes(|b| &mut b.per_second, limits.per_second, SECOND)?;
        takes(|b| &mut b.per_minute, limits.per_minute, MINUTE)
    }

    fn buckets(&mut self, key: Key) -> &mut Buckets {
        if self.young.len() >= GENERATION && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let Self { young, old, .. } = self;
        young.entry(key).or_insert_with(|| old.remove(&key).unwrap_or_default())
    }
}

/// One request in flight of a client whose number is limited, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    meter: Arc<Meter>,
    key: Key,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(mut shard) = self.meter.shard(self.key) else { return };
        if let Some(in_flight) = shard.in_flight.get_mut(&self.key) {
            *in_flight = in_flight.saturating_sub(1);
            if *in_flight == 0 {
                shard.in_flight.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Arc, Denial, GENERATION, Limits, Meter, Rate, SHARDS};

    fn limits() -> Limits {
        let rate = Rate { limit: 1, burst: 2 };
        Limits { zone: 7, per_second: Some(rate), per_minute: None, connections: Some(1), exempt: Vec::new() }
    }

    #[test]
    fn clients_and_ingresses_are_counted_apart() {
        let meter = Arc::new(Meter::default());
        let one = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let slot = meter.admit(&limits(), one).unwrap();
        assert!(slot.is_some());
        assert_eq!(meter.admit(&limits(), one).unwrap_err(), Denial::Connections);
        assert!(meter.admit(&limits(), "::1".parse().unwrap()).is_ok());
        assert!(meter.admit(&Limits { zone: 8, ..limits() }, one).is_ok());
        drop(slot);
        assert!(meter.admit(&limits(), one).is_ok());
        assert_eq!(meter.admit(&limits(), one).unwrap_err(), Denial::Rate);
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_memory_than_there_is_for_it() {
        let meter = Arc::new(Meter::default());
        for number in 0..u32::try_from(SHARDS * GENERATION * 4).unwrap() {
            drop(meter.admit(&limits(), IpAddr::V4(Ipv4Addr::from_bits(number))));
        }
        for shard in &meter.shards {
            let shard = shard.lock().unwrap();
            assert!(shard.young.len() <= GENERATION && shard.old.len() <= GENERATION);
            assert!(shard.in_flight.is_empty());
        }
    }
}
