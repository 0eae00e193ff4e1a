//! Configs, executions, analyses and series in files; of all but configs the newest so many.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_directory::{StateDirectory, StateError};

use super::document::{CanaryAnalysis, CanaryExecution};
use super::pairs::MetricSetPair;

const CONFIGS: &str = "canary-configs";
const EXECUTIONS: &str = "executions";
const ANALYSES: &str = "analyses";
const PAIRS: &str = "metric-set-pairs";

/// The store. What is asked for often is in memory as well.
pub(super) struct Shelf {
    files: StateDirectory,
    keep: usize,
    configs: Mutex<BTreeMap<String, Value>>,
    executions: Mutex<BTreeMap<String, CanaryExecution>>,
    analyses: Mutex<BTreeMap<String, CanaryAnalysis>>,
}

/// The file of an id; ids that come from a request may be anything.
fn file(folder: &str, id: &str) -> Option<String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let is_name = !id.is_empty() && id.len() <= 200 && !id.starts_with('.') && id.chars().all(is_plain);
    is_name.then(|| format!("{folder}/{id}.json"))
}

pub(super) fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // A value is put in whole or not at all.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    /// Reads what is there. A file that cannot be read is told and left alone.
    pub(super) fn open(files: StateDirectory, keep: usize) -> Result<Self, StateError> {
        let (configs, executions) = (all(&files, CONFIGS)?, all(&files, EXECUTIONS)?);
        let analyses = all(&files, ANALYSES)?;
        let (configs, executions) = (Mutex::new(configs), Mutex::new(executions));
        Ok(Self { files, keep: keep.max(1), configs, executions, analyses: Mutex::new(analyses) })
    }

    pub(super) fn configs(&self) -> Vec<Value> {
        held(&self.configs).values().cloned().collect()
    }

    pub(super) fn config(&self, id: &str) -> Option<Value> {
        held(&self.configs).get(id).cloned()
    }

    /// Keeps a config. `false`: no config can have this id.
    pub(super) fn put_config(&self, id: &str, config: Value) -> Result<bool, StateError> {
        let Some(file) = file(CONFIGS, id) else { return Ok(false) };
        self.files.write(&file, &config)?;
        held(&self.configs).insert(id.to_owned(), config);
        Ok(true)
    }

    /// `false`: it was not there.
    pub(super) fn remove_config(&self, id: &str) -> Result<bool, StateError> {
        let Some(file) = file(CONFIGS, id).filter(|_| held(&self.configs).contains_key(id)) else {
            return Ok(false);
        };
        self.files.remove(&file)?;
        Ok(held(&self.configs).remove(id).is_some())
    }

    /// The newest first: ids grow with time.
    pub(super) fn executions(&self) -> Vec<CanaryExecution> {
        held(&self.executions).values().rev().cloned().collect()
    }

    pub(super) fn execution(&self, id: &str) -> Option<CanaryExecution> {
        held(&self.executions).get(id).cloned()
    }

    pub(super) fn put_execution(&self, execution: &CanaryExecution) -> Result<(), StateError> {
        let complete = |one: &CanaryExecution| one.complete;
        for old in self.put(&self.executions, EXECUTIONS, &execution.pipeline_id, execution, complete)? {
            if let Some(file) = old.metric_set_pair_list_id.and_then(|id| file(PAIRS, id.as_str())) {
                self.files.remove(&file)?;
            }
        }
        Ok(())
    }

    pub(super) fn analyses(&self) -> Vec<CanaryAnalysis> {
        held(&self.analyses).values().rev().cloned().collect()
    }

    pub(super) fn analysis(&self, id: &str) -> Option<CanaryAnalysis> {
        held(&self.analyses).get(id).cloned()
    }

    pub(super) fn put_analysis(&self, analysis: &CanaryAnalysis) -> Result<(), StateError> {
        self.put(&self.analyses, ANALYSES, &analysis.pipeline_id, analysis, |one| one.complete).map(drop)
    }

    pub(super) fn pairs(&self, id: &str) -> Result<Option<Vec<MetricSetPair>>, StateError> {
        file(PAIRS, id).map_or(Ok(None), |file| self.files.read(&file))
    }

    pub(super) fn put_pairs(&self, id: &str, pairs: &[MetricSetPair]) -> Result<(), StateError> {
        file(PAIRS, id).map_or(Ok(()), |file| self.files.write(&file, &pairs).map(drop))
    }

    /// How many have not ended.
    pub(super) fn running(&self) -> usize {
        let executions = held(&self.executions).values().filter(|one| !one.complete).count();
        executions.saturating_add(held(&self.analyses).values().filter(|one| !one.complete).count())
    }

    /// Keeps one, and gives back those that are dropped for it.
    fn put<T: Clone + Serialize>(
        &self,
        all: &Mutex<BTreeMap<String, T>>,
        folder: &str,
        id: &str,
        one: &T,
        is_complete: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, StateError> {
        let mut all = held(all);
        // In memory first: what the disk does not take can be asked for all the same.
        all.insert(id.to_owned(), one.clone());
        if let Some(file) = file(folder, id) {
            self.files.write(&file, one)?;
        }
        let more = all.len().saturating_sub(self.keep);
        let old: Vec<String> =
            all.iter().filter(|(_, one)| is_complete(one)).map(|(id, _)| id.clone()).take(more).collect();
        for id in &old {
            if let Some(file) = file(folder, id) {
                self.files.remove(&file)?;
            }
        }
        Ok(old.iter().filter_map(|id| all.remove(id)).collect())
    }
}

fn all<T: DeserializeOwned>(files: &StateDirectory, folder: &str) -> Result<BTreeMap<String, T>, StateError> {
    let mut all = BTreeMap::new();
    for name in files.list(folder)? {
        let id = name.rsplit('/').next().and_then(|file| file.strip_suffix(".json"));
        match (id, files.read(&name)) {
            (Some(id), Ok(Some(value))) => drop(all.insert(id.to_owned(), value)),
            (Some(_), Err(error)) => tracing::warn!(%error, "left out"),
            (None, _) | (Some(_), Ok(None)) => {}
        }
    }
    Ok(all)
}
