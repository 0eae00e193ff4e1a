//! Who comes first where two objects ask for the same.

use std::cmp::Ordering;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

/// Position of an object among its like: the oldest first; one without a time, as in a manifest, is the youngest; then by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rank {
    created: Option<Time>,
    id: Arc<str>,
}

impl Rank {
    /// `id` is the key, or for the twin of an object the key, `#` and a number.
    pub(super) fn new(metadata: &ObjectMeta, id: &Arc<str>) -> Self {
        Self { created: metadata.creation_timestamp.clone(), id: Arc::clone(id) }
    }

    /// What was given as `id`.
    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// `namespace/name`.
    pub(super) fn key(&self) -> Arc<str> {
        self.id.split_once('#').map_or_else(|| Arc::clone(&self.id), |(key, _)| key.into())
    }

    fn order(&self) -> (bool, Option<&Time>, Option<(&str, &str)>) {
        (self.created.is_none(), self.created.as_ref(), self.id.split_once('/'))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
