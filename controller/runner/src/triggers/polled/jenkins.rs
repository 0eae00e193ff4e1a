//! Builds of Jenkins jobs, with the property file that a trigger wants of them.

use serde_json::Map;
use tokio::time::Instant;
use weir_trigger::definition::{self, Source};
use weir_trigger::poll::jenkins::{Build, look};
use weir_trigger::{Event, properties};

use super::Triggers;
use crate::jenkins::Jenkins;
use crate::triggers::memory::Built;
use crate::triggers::started::Outcome;

impl Triggers {
    /// Starts what the builds of a job start that have ended.
    pub(super) async fn ask_jenkins(&self, server: &str, job: &str) -> Result<(), String> {
        let jenkins = Jenkins::read(self.runner.client(), self.runner.secrets(), server);
        let jenkins = jenkins.map_err(|error| error.to_string())?;
        let told = jenkins.job(job).await.map_err(|error| error.to_string())?;
        let before = self.memory.built(server, job);
        let known = before.as_ref().map(|built| &built.known);
        let news = look(known, &told);
        if !news.missed.is_empty() {
            tracing::warn!(%server, %job, builds = ?news.missed, "builds have ended that are not listed any more: they start nothing");
        }
        let is_anew = known.is_some_and(|known| known.next > news.known.next);
        let life = before.as_ref().map_or(0, |built| built.life).saturating_add(u64::from(is_anew));
        for build in &news.ended {
            self.ended_build(&jenkins, server, job, life, build).await?;
        }
        self.memory.know_built(server, job, Built { life, known: news.known });
        Ok(())
    }

    /// Starts each pipeline that wants a build. One whose property file cannot be read has a run that fails with the reason: without it `null` would be deployed.
    async fn ended_build(
        &self,
        jenkins: &Jenkins<'_>,
        server: &str,
        job: &str,
        life: u64,
        build: &Build,
    ) -> Result<(), String> {
        for defined in self.defined().iter() {
            for (trigger, subscription) in &defined.triggers {
                let Source::Jenkins(wanted) = &trigger.source else { continue };
                let (server, job) = (server.to_owned(), job.to_owned());
                let mut event = Event::Jenkins { server, job, build: build.clone(), properties: Map::new() };
                if subscription.wants(&event).is_err() {
                    continue;
                }
                let definition::Jenkins { server, job, property_file, .. } = wanted;
                let file = property_file.as_deref().unwrap_or_default();
                let token = format!("jenkins/{server}/{job}/{life}/{}/{file}", build.number);
                let read = match &property_file {
                    Some(name) => self.properties(jenkins, job, build, name).await,
                    None => Ok(Map::new()),
                };
                let failure = match (read, &mut event) {
                    (Ok(read), Event::Jenkins { properties, .. }) => {
                        *properties = read;
                        None
                    }
                    (Ok(_), _) => None,
                    (Err(why), _) => Some(format!("build {} of {job}: {why}", build.number)),
                };
                let mut outcome = Outcome::default();
                self.start_one(defined, trigger, &event, &token, failure.as_deref(), &mut outcome).await;
                if let Some(failed) = outcome.failed.into_iter().next() {
                    return Err(failed);
                }
            }
        }
        Ok(())
    }

    /// The values of a build's property file, which is asked for again as long as another try may end otherwise.
    async fn properties(
        &self,
        jenkins: &Jenkins<'_>,
        job: &str,
        build: &Build,
        name: &str,
    ) -> Result<Map<String, serde_json::Value>, String> {
        let artifact = properties::find(name, &build.artifacts).map_err(|missing| missing.to_string())?;
        let patience = self.runner.patience();
        let began = Instant::now();
        let bytes = loop {
            match jenkins.file(job, build.number, &artifact.relative_path).await {
                Err(error) if error.may_pass() && began.elapsed() < patience.within => {
                    tokio::time::sleep(patience.again).await;
                }
                answered => break answered.map_err(|error| format!("property file {name:?}: {error}"))?,
            }
        };
        properties::read(name, &bytes).map_err(|unreadable| unreadable.to_string())
    }
}
