//! What objects ask for: a run, and its end.

use std::time::{Duration, Instant};

use kube::ResourceExt;
use serde_json::json;
use weir_api::PipelineRun;
use weir_pipeline::event::{Ask, Command};
use weir_runner::{Request, RunView};

use super::Runs;
use super::shown::refused;
use crate::pod::RUN_LABEL;

/// How long the pipeline of a run may be on its way: both come in one file, and files are read each second.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

impl Runs {
    /// Does what an object asks for, unless that is done.
    pub(super) async fn ask(&mut self, object: &PipelineRun) {
        let status = object.status.as_ref();
        match status.and_then(|status| status.run.clone()) {
            Some(run) if object.spec.cancelled => self.cancel(&run, "spec.cancelled is true").await,
            Some(_) => {}
            // It shows a run that something else started, and that shall be written yet; or it was refused.
            None if object.labels().contains_key(RUN_LABEL) || status.is_some() => {}
            None => self.start(object).await,
        }
    }

    /// Asks again for runs of pipelines that were not known.
    pub(super) async fn ask_again(&mut self) {
        for name in self.early.keys().cloned().collect::<Vec<_>>() {
            if let Some(object) = self.objects.get(&name).cloned() {
                self.ask(&object).await;
            }
        }
    }

    async fn start(&mut self, object: &PipelineRun) {
        let (name, pipeline) = (object.name_any(), object.spec.pipeline.clone());
        let Some(definition) = self.runner.definitions().get(&pipeline) else {
            let since = *self.early.entry(name.clone()).or_insert_with(Instant::now);
            if since.elapsed() > ON_ITS_WAY {
                self.early.remove(&name);
                let known = self.runner.definitions().names().join(", ");
                let said = format!("there is no Pipeline {pipeline:?} that can be run: there is {known}");
                self.write(&name, &refused(&said)).await;
            }
            return;
        };
        self.early.remove(&name);
        let parameters = object.spec.parameters.clone();
        let trigger = json!({"type": "manual", "pipelineRun": name, "parameters": parameters});
        let request = Request {
            pipeline,
            definition: (*definition).clone(),
            trigger,
            parameters,
            manual: true,
            // Whoever looks again, after a restart too, finds the same run.
            token: Some(format!("object/{}", object.uid().unwrap_or_default())),
        };
        match self.runner.start(request).await {
            Ok(_) => self.show().await,
            Err(weir_runner::runner::StartError::Problems(problems)) => {
                let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
                self.write(&name, &refused(&said.join("; "))).await;
            }
            Err(error) => {
                tracing::error!(pipeline_run = %name, %error, "a run cannot be stored, and is asked for again");
                self.early.insert(name, Instant::now());
            }
        }
    }

    async fn cancel(&self, run: &str, reason: &str) {
        let Ok(Some(view)) = self.runner.store().view(run) else { return };
        let RunView { life, status, .. } = view;
        if status.is_complete() {
            return;
        }
        let ask = Ask::Cancel { reason: reason.to_owned(), force: false };
        let command = Command { by: "its PipelineRun".to_owned(), life, ask };
        // It may have ended since, or have been cancelled.
        let refused = self.runner.command(run, command).await;
        let _ = refused.inspect_err(|error| tracing::debug!(%run, %error, "the run is not cancelled"));
    }

    /// Somebody has deleted the object: what it shows ends, and is not shown again.
    pub(super) async fn forget(&mut self, object: &PipelineRun) {
        let Some(run) = object.status.as_ref().and_then(|status| status.run.clone()) else { return };
        self.hidden.insert(run.clone());
        self.cancel(&run, "it was deleted").await;
    }
}
