//! Runs after runs.

use weir_pipeline::Status;
use weir_trigger::Event;
use weir_trigger::definition::RunStatus;

use super::Triggers;
use crate::view::RunView;

impl Triggers {
    /// Runs that have ended since somebody last looked start those that wait for them.
    pub(super) async fn look_at_ended(&self) {
        let until = self.memory.told_until();
        let changed = match self.runner.store().changed_since(until) {
            Ok(changed) => changed,
            Err(error) => {
                tracing::error!(%error, "it cannot be seen which runs have ended");
                return;
            }
        };
        let mut ended: Vec<_> = changed
            .into_iter()
            .filter_map(|run| Some((run.ended.filter(|at| *at > until)?, run)))
            .filter(|(_, run)| !self.memory.has_told(&name(run)))
            .collect();
        ended.sort_by_key(|(at, _)| *at);
        for (at, run) in ended {
            let Some(status) = status(run.status) else { continue };
            let name = name(&run);
            let token = format!("after/{name}");
            let event = Event::Pipeline { name: run.pipeline, run: run.id, status, trigger: run.trigger };
            let outcome = self.start(&event, &token).await;
            // What could not be stored is tried with the next look.
            if outcome.failed.is_empty() {
                self.memory.tell(&name, at);
            }
        }
    }
}

/// A run that is restarted ends again.
fn name(run: &RunView) -> String {
    format!("{}/{}", run.id, run.life)
}

const fn status(status: Status) -> Option<RunStatus> {
    match status {
        Status::Succeeded | Status::Skipped => Some(RunStatus::Succeeded),
        Status::Canceled => Some(RunStatus::Canceled),
        // With an ignored failure, too: who wants that says `failed`.
        Status::FailedContinue | Status::Terminal | Status::Stopped | Status::NotRun => {
            Some(RunStatus::Failed)
        }
        Status::NotStarted | Status::Running | Status::Paused => None,
    }
}
