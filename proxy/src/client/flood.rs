//! Budget of bytes that one HTTP/2 client may send without asking for anything.
//!
//! h2 answers any number of PING, SETTINGS, PRIORITY and `WINDOW_UPDATE` frames. Here every byte read costs one, and credit comes from time
//! and from honest work: a request, a body byte, a response byte. A flood runs out within about a mebibyte.

use std::cell::Cell;

use tokio::time::Instant;

/// Most credit that can be saved up, in bytes.
const CAP: u64 = 1024 * 1024;
/// Credit by time, in bytes per second.
const PER_SECOND: u64 = 32 * 1024;
/// Credit for one request: its header section, and frames around it.
const PER_REQUEST: u64 = 16 * 1024;
/// Response bytes that are worth one byte of `WINDOW_UPDATE` frames; 13 bytes acknowledge 16 KiB or more, so this leaves room.
const RESPONSE_SHARE: u64 = 64;

/// What is left for one connection.
pub(super) struct Flood {
    credit: Cell<u64>,
    at: Cell<Instant>,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self { credit: Cell::new(CAP), at: Cell::new(now) }
    }

    /// Whether the client may go on after sending `bytes`.
    pub(super) fn spend(&self, bytes: u64, now: Instant) -> bool {
        let millis =
            u64::try_from(now.saturating_duration_since(self.at.get()).as_millis()).unwrap_or(u64::MAX);
        // Below 1 ms nothing is earned yet: keep the instant, so that it adds up.
        if millis > 0 {
            self.at.set(now);
            self.earn(millis.saturating_mul(PER_SECOND) / 1000);
        }
        let left = self.credit.get().checked_sub(bytes);
        self.credit.set(left.unwrap_or(0));
        left.is_some()
    }

    pub(super) fn request(&self) {
        self.earn(PER_REQUEST);
    }

    pub(super) fn body(&self, bytes: u64) {
        // Frame headers too: nine bytes each, and h2 itself limits tiny DATA frames.
        self.earn(bytes.saturating_add(bytes / 8).saturating_add(16));
    }

    pub(super) fn response(&self, bytes: u64) {
        self.earn(bytes / RESPONSE_SHARE);
    }

    fn earn(&self, bytes: u64) {
        self.credit.set(self.credit.get().saturating_add(bytes).min(CAP));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Flood, Instant};

    #[test]
    fn pings_alone_run_out_and_requests_do_not() {
        let mut now = Instant::now();
        let (pings, requests) = (Flood::new(now), Flood::new(now));
        let mut sent = 0_u64;
        while pings.spend(17, now) {
            sent += 17;
            now += Duration::from_micros(50);
            assert!(sent < 2_000_000, "200,000 pings in 10 s pass");
        }
        for _ in 0..1_000_000 {
            requests.request();
            assert!(requests.spend(400, now));
        }
    }

    #[test]
    fn a_long_upload_and_a_long_download_are_not_floods() {
        let now = Instant::now();
        let flood = Flood::new(now);
        for _ in 0..100_000 {
            assert!(flood.spend(16_384 + 9, now));
            flood.body(16_384);
            flood.response(32_768);
            assert!(flood.spend(26, now));
        }
    }
}
