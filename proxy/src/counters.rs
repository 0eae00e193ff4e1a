//! What one worker counts besides requests of routes. One writer, any reader, no lock.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use weir_routing::policy::{Denial, Reason};

use crate::client::link::Cut;
use crate::error::Refusal;

/// Counters of one worker.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections accepted.
    pub(crate) accepted: Count,
    /// Connections open.
    pub(crate) open: Count,
    /// Connections closed at once because there were too many.
    pub(crate) over_limit: Count,
    /// TLS handshakes that failed.
    pub(crate) handshake_failed: Count,
    /// Connections cut, in the order of [`Counters::CUTS`].
    pub(crate) cut: [Count; Counters::CUTS.len()],
    /// Requests refused, in the order of [`Refusal::NAMES`].
    pub(crate) refused: [Count; Refusal::NAMES.len()],
    /// Requests that were sent elsewhere, in the order of [`Reason::ALL`].
    pub(crate) redirected: [Count; Reason::ALL.len()],
    /// Requests that the policy of their route refused, in the order of [`Denial::ALL`].
    pub(crate) denied: [Count; Denial::ALL.len()],
    /// Requests that went to another track because theirs had no ready endpoint.
    pub(crate) stood_in: Count,
    /// Connections made to endpoints.
    pub(crate) connects: Count,
    /// Connections to endpoints that could not be made.
    pub(crate) connects_failed: Count,
}

impl Counters {
    /// Reasons for cutting a connection, in metric labels.
    pub(crate) const CUTS: [&'static str; 4] = ["idle", "slow_head", "write_stall", "abuse"];

    /// Counts a connection that was cut.
    pub(crate) fn connection_cut(&self, cut: Cut) {
        let number = match cut {
            Cut::Idle => 0,
            Cut::SlowHead => 1,
            Cut::WriteStall => 2,
            Cut::Abuse => 3,
        };
        if let Some(count) = self.cut.get(number) {
            count.raise();
        }
    }

    /// Counts a request that is sent elsewhere.
    pub(crate) fn redirect(&self, reason: Reason) {
        let place = Reason::ALL.iter().position(|known| *known == reason);
        if let Some(count) = place.and_then(|place| self.redirected.get(place)) {
            count.raise();
        }
    }

    /// Counts a request that the policy of its route refuses.
    pub(crate) fn denial(&self, denial: Denial) {
        let place = Denial::ALL.iter().position(|known| *known == denial);
        if let Some(count) = place.and_then(|place| self.denied.get(place)) {
            count.raise();
        }
    }

    /// Counts a refused request.
    pub(crate) fn refusal(&self, refusal: Refusal) {
        if let Some(count) = self.refused.get(refusal.number()) {
            count.raise();
        }
    }
}

/// A number that one thread writes and others read.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(crate) fn raise(&self) {
        self.0.store(self.0.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// One less.
    pub(crate) fn lower(&self) {
        self.0.store(self.0.load(Relaxed).saturating_sub(1), Relaxed);
    }

    /// The number now.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
