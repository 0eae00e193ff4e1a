//! Pipelines by their names, for stages that start another one.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use weir_pipeline::Pipeline;
use weir_stages::Work;

/// Pipelines by their names; all clones are the same. One who fills it before the runner is opened leaves no moment in which a run that goes on misses one.
#[derive(Clone, Debug, Default)]
pub struct Definitions(Arc<RwLock<BTreeMap<String, Arc<Pipeline<Work>>>>>);

impl Definitions {
    /// Puts a pipeline in the place of the last one of this name. Runs that have begun keep theirs.
    pub fn define(&self, name: &str, pipeline: Pipeline<Work>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.to_owned(), Arc::new(pipeline));
    }

    /// Puts these in the place of all.
    pub fn replace(&self, pipelines: impl IntoIterator<Item = (String, Pipeline<Work>)>) {
        let new = pipelines.into_iter().map(|(name, pipeline)| (name, Arc::new(pipeline))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// Nobody can start it any more.
    pub fn forget(&self, name: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The pipeline of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Pipeline<Work>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All names, in their order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}
