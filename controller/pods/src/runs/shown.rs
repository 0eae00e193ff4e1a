//! Runs as they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;
use weir_api::PipelineRun;
use weir_api::pipeline_run::{PipelineRunSpec, PipelineRunStatus, StageStatus};
use weir_api::status::{Condition, ConditionStatus};
use weir_kubernetes::words;
use weir_pipeline::Status;
use weir_runner::RunView;

use super::Runs;
use crate::pod::{MANAGER, RUN_LABEL, name};

impl Runs {
    /// Shows what has changed since the last time.
    pub(super) async fn show(&mut self) {
        let now = Timestamp::now();
        let runner = Arc::clone(&self.runner);
        let store = runner.store();
        let changed = match self.since {
            None => store.list(None, usize::MAX),
            Some(since) => store.changed_since(since),
        };
        let views = match changed {
            Ok(views) => views,
            Err(error) => return tracing::error!(%error, "runs cannot be shown"),
        };
        let is_first = self.since.is_none();
        let mut is_whole = true;
        for view in views {
            if self.hidden.contains(&view.id) {
                continue;
            }
            let name = object_of(&view);
            let is_known = self.objects.contains_key(&name);
            // What was over before this program began, and is not there, somebody has deleted.
            if is_known || !(is_first && view.status.is_complete()) {
                is_whole &= self.show_one(&name, &view, is_known).await;
            }
        }
        if is_whole {
            self.since = Some(now);
        }
    }

    /// Whether it is shown.
    async fn show_one(&mut self, name: &str, view: &RunView, is_known: bool) -> bool {
        let status = status(view);
        if self.objects.get(name).is_some_and(|object| object.status.as_ref() == Some(&status)) {
            return true;
        }
        if !is_known {
            let spec = PipelineRunSpec {
                pipeline: view.pipeline.clone(),
                parameters: view.parameters.clone(),
                cancelled: false,
            };
            let mut object = PipelineRun::new(name, spec);
            object.metadata.labels = Some(BTreeMap::from([
                (RUN_LABEL.to_owned(), name::label(&view.id)),
                ("weir.dev/pipeline".to_owned(), name::label(&view.pipeline)),
            ]));
            match self.api().create(&PostParams::default(), &object).await {
                Ok(made) => _ = self.objects.insert(name.to_owned(), made),
                Err(kube::Error::Api(answer)) if answer.code == 409 => {}
                Err(error) => {
                    tracing::warn!(run = %view.id, error = %words(&error), "a run cannot be shown for now");
                    return false;
                }
            }
        }
        self.write(name, &status).await
    }

    /// Writes the status of an object; whether there is nothing more to be done about it.
    pub(super) async fn write(&mut self, name: &str, status: &PipelineRunStatus) -> bool {
        let patch = json!({"apiVersion": "weir.dev/v1alpha1", "kind": "PipelineRun", "status": status});
        let params = PatchParams::apply(MANAGER).force();
        match self.api().patch_status(name, &params, &Patch::Apply(patch)).await {
            Ok(object) => {
                self.objects.insert(name.to_owned(), object);
                true
            }
            // Somebody has deleted it; of that the watch tells.
            Err(kube::Error::Api(answer)) if answer.code == 404 => true,
            Err(error) => {
                tracing::warn!(%name, error = %words(&error), "a run's status cannot be written for now");
                false
            }
        }
    }

    /// Deletes objects of runs that are not kept any more.
    pub(super) async fn tidy(&mut self) {
        let Ok(ids) = self.runner.store().ids() else { return };
        let kept: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let run = |object: &PipelineRun| object.status.as_ref().and_then(|status| status.run.clone());
        let gone = self
            .objects
            .iter()
            .filter(|(_, object)| run(object).is_some_and(|run| !kept.contains(run.as_str())));
        for name in gone.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            let deleted = self.api().delete(&name, &DeleteParams::default()).await;
            // The next time will do, too.
            let _ = deleted
                .inspect_err(|error| tracing::debug!(%name, error = %words(error), "an old run is shown on"));
        }
    }
}

/// Whoever asked for it by an object is shown it there.
fn object_of(view: &RunView) -> String {
    let asked = view.trigger.get("pipelineRun").and_then(|name| name.as_str());
    asked.map_or_else(|| view.id.clone(), str::to_owned)
}

/// What becomes of an object that asks for what cannot be run.
pub(super) fn refused(said: &str) -> PipelineRunStatus {
    let condition = condition(ConditionStatus::False, "Refused", said, Timestamp::now());
    PipelineRunStatus {
        status: "Refused".to_owned(),
        message: said.to_owned(),
        conditions: vec![condition],
        ..PipelineRunStatus::default()
    }
}

fn status(view: &RunView) -> PipelineRunStatus {
    let message = view.says().unwrap_or_default();
    let holds = match view.status {
        Status::Succeeded | Status::FailedContinue => ConditionStatus::True,
        Status::NotStarted | Status::Running | Status::Paused => ConditionStatus::Unknown,
        Status::Skipped | Status::Terminal | Status::Canceled | Status::Stopped | Status::NotRun => {
            ConditionStatus::False
        }
    };
    let stages = view.stages.iter().map(|stage| StageStatus {
        id: stage.id.clone(),
        name: stage.name.clone(),
        status: stage.status.to_string(),
        message: stage.message.clone(),
        attempt: Some(stage.attempt).filter(|attempt| *attempt > 0),
        began: stage.began.map(whole),
        ended: stage.ended.map(whole),
    });
    let running = view.stages.iter().filter(|stage| stage.status == Status::Running);
    let stage = running.map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ");
    let changed = view.ended.unwrap_or(view.created);
    PipelineRunStatus {
        run: Some(view.id.clone()),
        status: view.status.to_string(),
        stage: Some(stage).filter(|stage| !stage.is_empty()),
        conditions: vec![condition(holds, &view.status.to_string(), &message, changed)],
        message,
        began: view.began.map(whole),
        ended: view.ended.map(whole),
        stages: stages.collect(),
    }
}

fn condition(status: ConditionStatus, reason: &str, message: &str, at: Timestamp) -> Condition {
    Condition {
        kind: "Succeeded".to_owned(),
        status,
        observed_generation: None,
        last_transition_time: whole(at),
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

/// With microseconds at most, as every instant of an object: what is written is what is read back.
fn whole(at: Timestamp) -> weir_api::Timestamp {
    weir_api::Timestamp::from_unix_micros(at.as_microsecond())
}
