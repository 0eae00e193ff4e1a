//! A command in the workspace.

use std::collections::BTreeMap;
use std::path::PathBuf;

use weir_pipeline::event::{Blame, Fault};
use weir_stages::work::{SecretKey, Service, Step};
use weir_step::end;

use super::reports::{self, Measured};
use super::{Ended, Job, kept, outputs, shell};
use crate::attempt::Attempt;
use crate::local::{Beside, Environment, Task, infrastructure, look, work};

/// A command, however it came about.
pub(super) struct Command<'a> {
    pub(super) line: Vec<String>,
    pub(super) environment: Environment,
    /// Texts that its log must not have.
    pub(super) secrets: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) services: &'a [Service],
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
            .map_err(infrastructure)?;
        let directory = workspace.join(step.directory.as_deref().unwrap_or_default());
        let command = Command { line, environment, secrets, directory, services: &step.services };
        let ended = self.command(attempt, command).await;
        let artifacts = self.shared.store.artifacts(&self.key.run);
        kept::artifacts(&workspace, &artifacts, &step.artifacts).map_err(infrastructure)?;
        let missing = reports::keep(&workspace, attempt, &step.reports).map_err(infrastructure)?;
        let Ended::Well(mut outputs) = ended? else { return Ok(Ended::Stopped) };
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(work(format!(
                "it wrote no report of {missing}: mend the globs of `reports`, or leave them out"
            )));
        }
        let mut measured = Measured::default();
        measured.take(attempt, &workspace.to_string_lossy()).map_err(work)?;
        let shown = measured.shown();
        if !shown.is_empty() {
            attempt.tell(&shown).map_err(infrastructure)?;
        }
        for (name, value) in measured.outputs() {
            outputs.entry(name).or_insert(value);
        }
        Ok(Ended::Well(outputs))
    }

    /// Runs a command with its services: once, whoever asks how often.
    pub(super) async fn command(&self, attempt: &Attempt, command: Command<'_>) -> Result<Ended, Fault> {
        let local = &self.shared.local;
        let Command { line, environment, secrets, directory, services } = command;
        let beside = Beside { local, attempt, environment: &environment, directory: &directory };
        let is_new = look(&attempt.step())? == weir_step::Standing::NotStarted;
        if is_new {
            if self.cancel.is_cancelled() {
                beside.stop().await?;
                return Ok(Ended::Stopped);
            }
            let ready = beside.start(services, &self.cancel).await;
            if ready.is_err() || self.cancel.is_cancelled() {
                beside.stop().await?;
                return ready.map(|()| Ended::Stopped);
            }
            let environment = environment.clone().into_map();
            let task = Task { command: line, environment, secrets, directory: directory.clone() };
            local.start(&attempt.step(), task).await?;
        }
        let end = local.end_or_stop(&attempt.step(), &self.cancel).await?;
        beside.stop().await?;
        let Some(end) = end else { return Ok(Ended::Stopped) };
        match end.blame() {
            end::Blame::Nobody if matches!(end, weir_step::End::Stopped { .. }) => Ok(Ended::Stopped),
            end::Blame::Nobody => {
                let outputs = outputs::read(&attempt.outputs()).map_err(work)?;
                Ok(Ended::Well(outputs))
            }
            end::Blame::Work => Err(work(format!("{end}{}", shell::last_line(&attempt.step().log())))),
            end::Blame::Infrastructure => {
                Err(Fault { blame: Blame::Infrastructure, message: end.to_string() })
            }
        }
    }

    /// What every command of the run finds around it.
    pub(super) fn environment(&self, attempt: &Attempt) -> Environment {
        let store = &self.shared.store;
        Environment::inherited(&self.shared.options.pass)
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
    fn secrets(
        &self,
        wanted: &BTreeMap<String, SecretKey>,
    ) -> Result<(BTreeMap<String, String>, Vec<String>), Fault> {
        let value = |(name, key): (&String, &SecretKey)| {
            Ok((name.clone(), self.shared.secrets.value(key).map_err(work)?))
        };
        let values = wanted.iter().map(value).collect::<Result<BTreeMap<_, _>, Fault>>()?;
        let texts = values.values().cloned().collect();
        Ok((values, texts))
    }
}
