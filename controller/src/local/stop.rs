//! The pods that are written down in a state directory: find them, and end them all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::Instant;
use weir_directory::{StateDirectory, StateError};

use crate::local::birth::Surroundings;
use crate::local::listing::Listing;
use crate::local::pod::Pod;
use crate::local::process::find_by_env;
use crate::local::record::{FOLDER, MARK, PodRecord};

/// The records of all pods, with processes that were started but not written down found by their environment.
pub(super) fn records(state: &StateDirectory) -> Result<Vec<PodRecord>, StateError> {
    let mut records = Vec::new();
    for file in state.list(FOLDER)? {
        let record = match state.read::<PodRecord>(&file) {
            Ok(record) => record,
            Err(error) => {
                tracing::error!(%error, "a pod's record cannot be read: its processes are left alone");
                None
            }
        };
        let Some(mut record) = record else { continue };
        for container in record.containers.iter_mut().filter(|container| container.process.is_none()) {
            container.process = container.env.get(MARK).and_then(|mark| find_by_env(MARK, mark));
        }
        records.push(record);
    }
    Ok(records)
}

/// Ends every pod that is written down in a state directory, whoever started it: SIGTERM, and SIGKILL to what still runs after `patience`. Gives
/// the number of pods.
pub async fn stop_pods(state: &StateDirectory, patience: Duration) -> Result<usize, StateError> {
    let mut pods: Vec<Pod> = records(state)?.into_iter().map(Pod::new).collect();
    Listing::open(state)?.withdraw(state)?;
    end(&mut pods, patience).await;
    for pod in &pods {
        state.remove(&pod.record.path())?;
    }
    Ok(pods.len())
}

/// Ends pods.
pub(super) async fn end(pods: &mut [Pod], patience: Duration) {
    const LOOK: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + patience;
    signal(pods, Signal::TERM);
    let mut killed = false;
    loop {
        pods.iter_mut().for_each(Pod::reap);
        if pods.iter().all(|pod| pod.processes().next().is_none()) {
            return;
        }
        if Instant::now() >= deadline && !killed {
            signal(pods, Signal::KILL);
            killed = true;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn signal(pods: &[Pod], signal: Signal) {
    for pod in pods {
        pod.signal(signal);
    }
}

/// What local pods get from this process: programs beside its own, and the few variables that programs cannot do without.
#[must_use]
pub fn surroundings() -> Surroundings {
    const INHERITED: [&str; 6] = ["PATH", "HOME", "LANG", "TMPDIR", "TZ", "USER"];
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(PathBuf::from));
    let variable = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    let env: BTreeMap<String, String> = INHERITED.into_iter().filter_map(variable).collect();
    Surroundings { programs: beside.into_iter().collect(), env }
}
