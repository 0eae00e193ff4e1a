//! `upstream-hash-by`: requests that say the same go to the same endpoint.

use std::hash::Hasher as _;

use serde::Serialize;
use siphasher::sip::SipHasher13;

use crate::backend::Backend;
use crate::variables::{Facts, Text};

/// What requests must have in common to go to the same endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HashBy {
    /// A text with variables.
    pub key: Text,
}

impl HashBy {
    /// Number of the endpoint that this request goes to: the one whose hash with the key is the highest, so that an endpoint that comes or goes takes or
    /// gives up no more than its own part. `None` where nothing that the key is made of is there: such requests have nothing in common.
    #[must_use]
    pub fn endpoint(&self, facts: &Facts<'_>, backend: &Backend) -> Option<usize> {
        let key = self.key.fill(facts);
        if key.is_empty() {
            return None;
        }
        let hash = |endpoint: &std::net::SocketAddr| {
            let mut hasher = SipHasher13::new();
            hasher.write(&key);
            hasher.write_u8(0);
            hasher.write(endpoint.to_string().as_bytes());
            hasher.finish()
        };
        backend.endpoints.iter().enumerate().max_by_key(|(_, at)| hash(at)).map(|(number, _)| number)
    }
}
