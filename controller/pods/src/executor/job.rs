//! A stage `job` as a Job: an image that runs as it is made to, without the keeper and without the volume.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use tokio_util::sync::CancellationToken;
use weir_kubernetes::{is_about_one, words};
use weir_pipeline::event::{Blame, Fault};
use weir_runner::executor::Task;
use weir_step::End;

use super::Pods;
use crate::pod::{self, infrastructure, name};
use crate::printed::{self, Comes};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// Label that Kubernetes gives to pods of a Job.
const OF_JOB: &str = "batch.kubernetes.io/job-name";

/// What one look says.
enum Seen {
    GoesOn,
    Over(End),
    /// There is no such Job.
    Gone,
}

impl Pods {
    /// From its start to its end; what it printed is in the attempt's log.
    pub(super) async fn run_job(
        &self,
        task: &Task,
        cancel: &CancellationToken,
    ) -> Result<Option<End>, Fault> {
        let name = name::of(&task.key);
        let step = task.attempt.step();
        fs::create_dir_all(step.path()).map_err(|error| infrastructure(&error))?;
        // Written once it was made: until then whoever takes over finds it by its name, or makes it.
        let asked = task.attempt.path().join("job/asked");
        let end = loop {
            if let Some(end) = step.end().map_err(|error| infrastructure(&error))? {
                break Some(end);
            }
            match self.seen(&name).await? {
                Seen::Over(end) => {
                    self.keep_log(&name, task, Comes::Nothing).await;
                    step.conclude(&end).map_err(|error| infrastructure(&error))?;
                }
                _ if cancel.is_cancelled() => break self.stopped(&name, task).await?,
                Seen::GoesOn => self.keep_log(&name, task, Comes::More).await,
                Seen::Gone if asked.exists() => {
                    let reason = "its Job is gone: somebody deleted it".to_owned();
                    step.conclude(&End::TakenAway { reason }).map_err(|error| infrastructure(&error))?;
                }
                Seen::Gone => {
                    self.ask_for(task).await?;
                    fs::write(&asked, "").map_err(|error| infrastructure(&error))?;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = cancel.cancelled() => {}
            }
        };
        self.remove_job(&name).await;
        Ok(end)
    }

    pub(super) fn jobs(&self) -> Api<Job> {
        Api::namespaced(self.client.clone(), &self.settings.own.namespace)
    }

    async fn ask_for(&self, task: &Task) -> Result<(), Fault> {
        let (secret, job) = (self.variables(task), pod::job(&self.settings, task)?);
        self.make(&secret, &self.jobs(), &job).await.map_err(|error| {
            let blame = if is_about_one(&error) { Blame::Work } else { Blame::Infrastructure };
            Fault { blame, message: format!("its Job was refused: {}", words(&error)) }
        })
    }

    /// Its environment, which has secrets. What is said of a workspace is not for it.
    fn variables(&self, task: &Task) -> Secret {
        let mut variables = task.order.environment.clone();
        variables.retain(|name, _| !matches!(name.as_str(), "HOME" | "WEIR_WORKSPACE" | "WEIR_OUTPUT"));
        Secret {
            metadata: pod::metadata(&self.settings, task),
            immutable: Some(true),
            string_data: Some(BTreeMap::from_iter(variables)),
            ..Secret::default()
        }
    }

    async fn seen(&self, name: &str) -> Result<Seen, Fault> {
        let job = match self.jobs().get_opt(name).await {
            Ok(Some(job)) => job,
            Ok(None) => return Ok(Seen::Gone),
            Err(error) => {
                tracing::warn!(job = %name, error = %words(&error), "the API server does not say how a Job stands");
                return Ok(Seen::GoesOn);
            }
        };
        let conditions = job.status.and_then(|status| status.conditions).unwrap_or_default();
        let holds = |kind: &str| {
            conditions.iter().find(|condition| condition.type_ == kind && condition.status == "True")
        };
        if holds("Complete").is_some() {
            return Ok(Seen::Over(End::Exited { code: 0 }));
        }
        let Some(failed) = holds("Failed") else { return Ok(Seen::GoesOn) };
        let said = failed.message.clone().unwrap_or_default();
        let code = self.pod_of(name).await.and_then(|pod| exit_code(&pod));
        Ok(Seen::Over(match code {
            Some(code) if failed.reason.as_deref() == Some("BackoffLimitExceeded") => End::Exited { code },
            _ => End::TakenAway { reason: said },
        }))
    }

    async fn pod_of(&self, job: &str) -> Option<Pod> {
        let of = ListParams::default().labels(&format!("{OF_JOB}={job}"));
        self.pods().list(&of).await.ok()?.items.into_iter().next()
    }

    /// Adds what it has printed since the last time. A log that cannot be had is no failure of the job.
    async fn keep_log(&self, name: &str, task: &Task, comes: Comes) {
        if let Some(pod) = self.pod_of(name).await.and_then(|pod| pod.metadata.name) {
            printed::so_far(&self.pods(), &pod, task, comes).await;
        }
    }

    async fn stopped(&self, name: &str, task: &Task) -> Result<Option<End>, Fault> {
        self.keep_log(name, task, Comes::Nothing).await;
        let end = End::Stopped { killed: false };
        task.attempt.step().conclude(&end).map_err(|error| infrastructure(&error))?;
        Ok(Some(end))
    }

    pub(super) async fn remove_job(&self, name: &str) {
        // With its pods.
        let deleted = self.jobs().delete(name, &DeleteParams::background()).await;
        let _ = deleted
            .inspect_err(|error| tracing::debug!(job = %name, error = %words(error), "no Job to delete"));
        self.clear(name).await;
    }
}

fn exit_code(pod: &Pod) -> Option<i32> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    Some(statuses.first()?.state.as_ref()?.terminated.as_ref()?.exit_code)
}
