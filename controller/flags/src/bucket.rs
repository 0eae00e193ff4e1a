//! The place of a user among all users.
//!
//! A user's key hashes to a bucket in [0, 1,000,000), by the hash that keeps users on a canary (weir-routing, `sticky`): the same golden values
//! hold for both. A share takes buckets from one end, so the thresholds are nested: whoever is in at 5 % is in at 10 % too.

use std::fmt::{self, Write};
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::share::Share;

/// Number of buckets: a share of one basis point is exactly 100 of them.
pub const BUCKETS: u32 = 1_000_000;

/// Buckets of everybody under one salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets(u64, u64);

impl Buckets {
    /// Two that differ in `owner` or `revision` are independent of each other.
    #[must_use]
    pub fn new(owner: &str, revision: &str) -> Self {
        // The length keeps ("a", "bc") apart from ("ab", "c").
        let name = format!("{}:{owner}:{revision}", owner.len());
        let half = |which: u64| SipHasher13::new_with_keys(which, 0).hash(name.as_bytes());
        Self(half(1), half(2))
    }

    /// The bucket of a user, less than [`BUCKETS`].
    #[must_use]
    pub fn of(self, user: impl fmt::Display) -> u32 {
        let mut digest = Digest(SipHasher13::new_with_keys(self.0, self.1));
        // Writing to a hasher does not fail.
        let _ = write!(digest, "{user}");
        let scaled = (u128::from(digest.0.finish()) * u128::from(BUCKETS)) >> 64;
        u32::try_from(scaled).unwrap_or_default()
    }
}

/// Number of buckets of a share.
#[must_use]
pub fn buckets_of(share: Share) -> u32 {
    u32::from(share.basis_points()) * 100
}

/// Takes a key as it is shown, so that the number 42 and the text "42" are one user, without making a text of it.
struct Digest(SipHasher13);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
