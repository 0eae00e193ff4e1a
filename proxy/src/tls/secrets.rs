//! The content of Secrets, by key, as far as it is about certificates.
//!
//! ```text
//! held   the content of one, and what was good of it last
//! ```
//! One whose content cannot be used keeps its last good one. What the proxy itself needs stays in force even after its Secret is gone.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use rustc_hash::FxHashMap;

pub(crate) use self::held::Held;

mod held;

/// Every Secret that was read.
#[derive(Debug, Default)]
pub(crate) struct Secrets(FxHashMap<Arc<str>, Held>);

impl Secrets {
    /// A Secret is there, or gone. Whether that makes a difference.
    pub(crate) fn secret(&mut self, key: &Arc<str>, now: Option<&Secret>, is_wanted: bool) -> bool {
        match now {
            Some(secret) => self.0.entry(Arc::clone(key)).or_default().read(secret),
            None if is_wanted => self.0.get_mut(key).is_some_and(Held::go),
            None => self.0.remove(key).is_some(),
        }
    }

    /// Forgets those that are gone and that nothing wants any more.
    pub(crate) fn forget_gone(&mut self, is_wanted: impl Fn(&Arc<str>) -> bool) {
        self.0.retain(|key, held| !held.is_gone || is_wanted(key));
    }

    /// Every other one is gone. Whether that makes a difference.
    pub(crate) fn retain(
        &mut self,
        is_wanted: impl Fn(&Arc<str>) -> bool,
        is_there: impl Fn(&Arc<str>) -> bool,
    ) -> bool {
        let (before, mut changed) = (self.0.len(), false);
        self.0.retain(|key, held| {
            let stays = is_there(key) || is_wanted(key);
            changed |= !is_there(key) && stays && held.go();
            stays
        });
        changed | (before != self.0.len())
    }

    /// What is known of one.
    pub(crate) fn get(&self, key: &Arc<str>) -> Option<&Held> {
        self.0.get(key)
    }
}
