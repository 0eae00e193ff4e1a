//! A command in the workspace.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use weir_pipeline::event::{Blame, Fault};
use weir_stages::work::{SecretKey, Service, Step};
use weir_step::order::Limits;
use weir_step::{Order, end};

use super::reports::{self, Measured};
use super::{Ended, Job, kept, outputs, shell};
use crate::attempt::Attempt;
use crate::executor::{Container, Progress, Task};
use crate::local::Environment;

/// A command, however it came about.
pub(super) struct Command<'a> {
    /// What its stage does.
    pub(super) kind: &'static str,
    pub(super) line: Vec<String>,
    pub(super) environment: Environment,
    /// Texts that its log must not have.
    pub(super) secrets: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) services: &'a [Service],
    pub(super) container: Container,
}

impl Job {
    pub(super) async fn step(&self, attempt: &Attempt, step: &Step) -> Result<Ended, Fault> {
        let line = shell::command(step.run.as_deref(), &step.command).unwrap_or_default();
        let (values, secrets) = self.secrets(&step.secrets)?;
        let mut environment = self.environment(attempt).with_all(&step.env);
        for (name, value) in values {
            environment = environment.with(&name, value);
        }
        let workspace = self.shared.store.workspace(&self.key.run);
        kept::caches(&self.shared.store, &self.about.pipeline, &workspace, &step.cache)
            .map_err(Fault::infrastructure)?;
        let command = Command {
            kind: "step",
            line,
            environment,
            secrets,
            directory: workspace.join(step.directory.as_deref().unwrap_or_default()),
            services: &step.services,
            container: Container { image: step.image.clone(), resources: step.resources.clone() },
        };
        let ended = self.command(attempt, command).await;
        let artifacts = self.shared.store.artifacts(&self.key.run);
        kept::artifacts(&workspace, &artifacts, &step.artifacts).map_err(Fault::infrastructure)?;
        let missing = reports::keep(&workspace, attempt, &step.reports).map_err(Fault::infrastructure)?;
        let Ended::Well(mut outputs) = ended? else { return Ok(Ended::Stopped) };
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(Fault::work(format!(
                "it wrote no report of {missing}: mend the globs of `reports`, or leave them out"
            )));
        }
        let mut measured = Measured::default();
        measured.take(attempt, &workspace.to_string_lossy()).map_err(Fault::work)?;
        let shown = measured.shown();
        if !shown.is_empty() {
            attempt.tell(&shown).map_err(Fault::infrastructure)?;
        }
        for (name, value) in measured.outputs() {
            outputs.entry(name).or_insert(value);
        }
        Ok(Ended::Well(outputs))
    }

    /// Runs a command with its services: once, whoever asks how often.
    pub(super) async fn command(&self, attempt: &Attempt, command: Command<'_>) -> Result<Ended, Fault> {
        let Command { kind, line, environment, secrets, directory, services, container } = command;
        let store = &self.shared.store;
        // The workspace has links to caches, whichever stage made them.
        let caches = store.caches(&self.about.pipeline);
        fs::create_dir_all(&caches).map_err(Fault::infrastructure)?;
        let run = &self.key.run;
        let folders = vec![store.workspace(run), store.home(run), attempt.path().to_owned(), caches];
        let order = Order {
            command: line,
            environment: environment.into_map(),
            inherits: false,
            directory,
            secrets,
            limits: Limits::default(),
        };
        let task = Task {
            key: self.key.clone(),
            pipeline: self.about.pipeline.clone(),
            kind,
            attempt: attempt.clone(),
            order,
            services: services.to_vec(),
            environment: self.environment(attempt).into_map(),
            container,
            folders,
            timeout: self.plan.graph().timeout(&self.key.stage),
            progress: Progress { key: self.key.clone(), told: self.told.clone() },
        };
        let end = self.shared.options.executor.run(&task, &self.cancel).await?;
        let Some(end) = end else { return Ok(Ended::Stopped) };
        match end.blame() {
            end::Blame::Nobody if matches!(end, weir_step::End::Stopped { .. }) => Ok(Ended::Stopped),
            end::Blame::Nobody => {
                let outputs = outputs::read(&attempt.outputs()).map_err(Fault::work)?;
                Ok(Ended::Well(outputs))
            }
            end::Blame::Work => Err(Fault::work(format!("{end}{}", shell::last_line(&attempt.step().log())))),
            end::Blame::Infrastructure => {
                Err(Fault { blame: Blame::Infrastructure, message: end.to_string() })
            }
        }
    }

    /// What every command of the run finds around it.
    pub(super) fn environment(&self, attempt: &Attempt) -> Environment {
        let store = &self.shared.store;
        Environment::new(self.shared.options.executor.environment())
            .with("CI", "true")
            .with("WEIR_PIPELINE", &self.about.pipeline)
            .with("WEIR_RUN", &self.key.run)
            .with("WEIR_STAGE", &self.key.stage)
            .with("WEIR_ATTEMPT", self.key.attempt.to_string())
            .with_path("WEIR_WORKSPACE", &store.workspace(&self.key.run))
            .with_path("WEIR_OUTPUT", &attempt.outputs())
            .with_path("HOME", &store.home(&self.key.run))
    }

    /// The values of secrets by their variables, and all of them as texts that are not to be printed.
    pub(super) fn secrets(
        &self,
        wanted: &BTreeMap<String, SecretKey>,
    ) -> Result<(BTreeMap<String, String>, Vec<String>), Fault> {
        let value = |(name, key): (&String, &SecretKey)| {
            Ok((name.clone(), self.shared.secrets.value(key).map_err(Fault::work)?))
        };
        let values = wanted.iter().map(value).collect::<Result<BTreeMap<_, _>, Fault>>()?;
        let texts = values.values().cloned().collect();
        Ok((values, texts))
    }
}
