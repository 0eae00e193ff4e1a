//! By what a delivery is recognised when it comes again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::provider::Provider;

/// 128 bits of a SHA-256: short, whatever a sender calls its deliveries, and nobody finds two that are alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u128);

impl Key {
    /// Of the name that the provider gave the delivery.
    pub(super) fn of_id(provider: Provider, source: &str, id: &str) -> Self {
        Self::of(&[provider.as_str().as_bytes(), b"id", source.as_bytes(), id.as_bytes()])
    }

    /// Of all that was signed, where the name is not: who records a call could send it again under another name.
    pub(super) fn of_body(provider: Provider, body: &[u8]) -> Self {
        Self::of(&[provider.as_str().as_bytes(), b"body", body])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // With its length, so that no two lists of parts read alike.
            digest.update(part.len().to_string());
            digest.update(b":");
            digest.update(part);
        }
        let digest = digest.finalize();
        let first = digest.first_chunk().copied().unwrap_or_default();
        Self(u128::from_be_bytes(first))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .map(Self)
            .map_err(|_| de::Error::custom(format!("{text:?} is no key")))
    }
}
