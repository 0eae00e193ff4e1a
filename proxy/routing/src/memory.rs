//! What a table remembers of the objects it was compiled from, for the day when one of them can no longer be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::service::ServiceAnnotations;
use weir_api::status::Split;

/// The last good value of what a later object may spoil.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Annotations in force, by service key; only Services that have any.
    pub(crate) annotations: FxHashMap<Arc<str>, ServiceAnnotations>,
    /// Splits in force, by canary key.
    pub(crate) splits: BTreeMap<Arc<str>, Split>,
}
