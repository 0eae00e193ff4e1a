//! What a table remembers of the objects it was compiled from, for the day when one of them can no longer be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use weir_api::service::ServiceAnnotations;
use weir_api::status::Split;

/// The last good value of what a later object may spoil. Shared from table to table until it changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Annotations in force, by service key; only Services that have any.
    pub(crate) annotations: Arc<FxHashMap<Arc<str>, Arc<ServiceAnnotations>>>,
    /// Splits in force, by canary key.
    pub(crate) splits: Arc<BTreeMap<Arc<str>, Split>>,
    /// Routes that there were so far: the next one's [`crate::Route::uid`].
    pub(crate) routes: u64,
}

impl Memory {
    /// Remembers the annotations of a Service, or forgets them.
    pub(crate) fn set_annotations(
        &mut self,
        service: &Arc<str>,
        annotations: Option<&Arc<ServiceAnnotations>>,
    ) {
        if self.annotations.get(service) == annotations {
            return;
        }
        let known = Arc::make_mut(&mut self.annotations);
        match annotations {
            Some(annotations) => known.insert(Arc::clone(service), Arc::clone(annotations)),
            None => known.remove(service),
        };
    }
}
