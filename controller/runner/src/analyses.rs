//! Analyses of `SonarQube` that gates wait for. Whoever hears that one is done wakes them; what the gate says they ask themselves.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use weir_pipeline::definition::Work as _;

use crate::runner::Runner;

/// Gates that wait.
#[derive(Debug, Default)]
pub(crate) struct Analyses(Mutex<Vec<Arc<Gate>>>);

#[derive(Debug)]
struct Gate {
    task: String,
    secret: Option<String>,
    woken: Notify,
}

/// A gate that waits, as long as this lives.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    all: &'a Analyses,
    gate: Arc<Gate>,
}

impl Analyses {
    /// Begins to wait for a task. Whoever waits before he asks for the first time misses no word.
    pub(crate) fn wait_for(&self, task: &str, secret: Option<&str>) -> Waiting<'_> {
        let (task, secret) = (task.to_owned(), secret.map(str::to_owned));
        let gate = Arc::new(Gate { task, secret, woken: Notify::new() });
        self.gates().push(Arc::clone(&gate));
        Waiting { all: self, gate }
    }

    fn gates(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Returns once somebody has said that the analysis is done, also where he said it before this was called.
    pub(crate) async fn woken(&self) {
        self.gate.woken.notified().await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.gates().retain(|gate| !Arc::ptr_eq(gate, &self.gate));
    }
}

impl Runner {
    /// Has the gates that wait for this task of `SonarQube` ask for it now, and not at their next time; how many there are.
    pub(crate) fn wake(&self, task: &str) -> usize {
        let gates = self.shared.analyses.gates();
        let waiting = gates.iter().filter(|gate| gate.task == task);
        waiting.inspect(|gate| gate.woken.notify_one()).count()
    }

    /// Names of the secrets of all gates of `SonarQube`: of those that wait, and of those that are defined.
    pub(crate) fn secrets_of_gates(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> =
            self.shared.analyses.gates().iter().filter_map(|gate| gate.secret.clone()).collect();
        let definitions = self.definitions();
        for pipeline in definitions.names().iter().filter_map(|name| definitions.get(name)) {
            let gates = pipeline.stages.iter().filter(|stage| stage.work.kind() == "gate");
            let secrets = gates.filter_map(|stage| stage.work.fields().pointer("/sonar/secret")?.as_str());
            names.extend(secrets.map(str::to_owned));
        }
        names
    }
}
