//! Which users stay on which track.
//!
//! A user's key hashes to a bucket in [0, 1,000,000). The canary takes buckets from the bottom, the baseline from the top, so the thresholds are
//! nested: raising a weight only moves stable users to that track, and never a user from the canary back. The hash is salted by the release, so that
//! each release has other users in its canary.

use std::fmt;
use std::net::IpAddr;

use siphasher::sip::SipHasher13;
use weir_api::service::Sticky;
use weir_api::{Share, Track};

use crate::random::scale;

/// Number of buckets: a share of one basis point is exactly 100 of them.
pub const BUCKETS: u32 = 1_000_000;

/// What identifies a user, and the salt of the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// What identifies a user.
    pub key: Sticky,
    salt: Salt,
}

/// Makes one release's buckets differ from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Salt(u64, u64);

impl Cohort {
    /// `owner` is the Canary's key, or the Service's where annotations split it; `revision` is the canary's.
    #[must_use]
    pub fn new(key: Sticky, owner: &str, revision: &str) -> Self {
        // The length keeps ("a", "bc") apart from ("ab", "c").
        let name = format!("{}:{owner}:{revision}", owner.len());
        let half = |which: u64| SipHasher13::new_with_keys(which, 0).hash(name.as_bytes());
        Self { key, salt: Salt(half(1), half(2)) }
    }

    /// The bucket of a user, less than [`BUCKETS`].
    #[must_use]
    pub fn bucket(&self, user: &[u8]) -> u32 {
        let hash = SipHasher13::new_with_keys(self.salt.0, self.salt.1).hash(user);
        u32::try_from(scale(hash, u64::from(BUCKETS))).unwrap_or_default()
    }

    /// The bucket of an address. Of an IPv6 address only the network (/64) counts: hosts change the rest by themselves.
    #[must_use]
    pub fn bucket_of_address(&self, address: IpAddr) -> u32 {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.bucket(&v4.octets()),
            IpAddr::V6(v6) => {
                let network = v6.segments().map(u16::to_be_bytes);
                self.bucket(network.as_flattened().get(..8).unwrap_or_default())
            }
        }
    }
}

/// The track of a bucket under these weights.
#[must_use]
pub fn track_of(bucket: u32, canary: Share, baseline: Share) -> Track {
    let buckets = |share: Share| u32::from(share.basis_points()) * 100;
    if bucket < buckets(canary) {
        Track::Canary
    } else if bucket >= BUCKETS - buckets(baseline) {
        Track::Baseline
    } else {
        Track::Stable
    }
}

/// A number for a name, the same in every process and version.
pub(crate) fn name_hash(name: &str) -> u64 {
    SipHasher13::new_with_keys(0, 0).hash(name.as_bytes())
}

/// A fresh id for a user: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserId([u8; 16]);

impl UserId {
    /// The id of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        let mut digits = [0; 16];
        for (place, shift) in digits.iter_mut().zip((0..16u32).rev()) {
            let nibble = u8::try_from((number >> (shift * 4)) & 0xf).unwrap_or_default();
            *place = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        Self(digits)
    }

    /// Its digits.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}
