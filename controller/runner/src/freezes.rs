//! The freezes that there are; they may change while runs go on.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use weir_pipeline::Hold;
use weir_stages::Freeze;

/// All freezes; all clones are the same.
#[derive(Clone, Debug)]
pub struct Freezes(Arc<watch::Sender<Vec<Freeze>>>);

impl Default for Freezes {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Vec::new()).0))
    }
}

impl Freezes {
    /// Puts these in the place of all; runs that they hold no longer go on.
    pub fn replace(&self, freezes: Vec<Freeze>) {
        self.0.send_if_modified(|all| {
            let is_new = *all != freezes;
            *all = freezes;
            is_new
        });
    }

    /// Those that hold runs of a pipeline now.
    pub(crate) fn hold(&self, pipeline: &str, now: Timestamp) -> Vec<Hold> {
        self.0.borrow().iter().filter_map(|freeze| freeze.holds(pipeline, now)).collect()
    }

    /// Hears of changes from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<Freeze>> {
        self.0.subscribe()
    }
}
