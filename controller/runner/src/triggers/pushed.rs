//! What a run does: what the served document says, or with what the pushed commit changes of it, or nothing but fail.
//!
//! A run whose definition is refused is there and fails at once: silence would look like a push that nobody heard of.

use serde_json::{Value, json};
use weir_pipeline::Pipeline;
use weir_stages::{Work, source};
use weir_trigger::Event;
use weir_trigger::event::Change;

use super::{Defined, Triggers};
use crate::git::file::{FileError, Wanted, fetched};
use crate::git::{self, SignIn};
use crate::store;

/// How often git is asked for a file.
const TRIES: u32 = 3;
/// Longest reason that is kept, bytes.
const REASON: usize = 4_096;

/// What a run does, and what its trigger tells of that.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) definition: Pipeline<Work>,
    pub(super) told: Vec<(&'static str, Value)>,
    /// Whether it does nothing but fail.
    pub(super) fails: bool,
}

impl Made {
    fn new(definition: Pipeline<Work>, by: &str) -> Self {
        Self { definition, told: vec![("definition", json!(by))], fails: false }
    }

    /// A run that fails at once. It takes its turn like any other of its pipeline.
    pub(super) fn failing(served: &Pipeline<Work>, why: &str) -> Result<Self, String> {
        let why = why.get(..why.floor_char_boundary(REASON)).unwrap_or_default();
        // The reason has words of others in it, which are no expressions.
        let message = why.replace("${", "$ {");
        let stage = json!({
            "name": "Trigger",
            "preconditions": [{"expression": "trigger.definition != 'refused'", "message": message}],
        });
        let stage = serde_json::from_value(stage).map_err(|error| error.to_string())?;
        // It has a reason of its own to fail: what it would look for before is not asked for.
        let (stages, parameters, artifacts) = (vec![stage], Vec::new(), Vec::new());
        let definition = Pipeline { stages, parameters, artifacts, ..served.clone() };
        let told = vec![("definition", json!("refused")), ("failure", json!(why))];
        Ok(Self { definition, told, fails: true })
    }
}

impl Triggers {
    /// What the run of an event does.
    pub(super) async fn made(&self, defined: &Defined, event: &Event, token: &str) -> Result<Made, String> {
        let served = &defined.pipeline;
        let Some(own) = &defined.source else {
            return Ok(Made { definition: served.clone(), told: Vec::new(), fails: false });
        };
        let (Event::Forge { change, .. } | Event::Git { change, .. }) = event else {
            return Ok(Made::new(served.clone(), "served"));
        };
        let (source, name) = (&own.source, &change.repository.name);
        let is_elsewhere = source.repository.as_ref().is_some_and(|wanted| wanted != name);
        let is_of_a_fork = change.pull_request.as_ref().is_some_and(|request| request.fork);
        let Some(commit) = &change.commit else { return Ok(Made::new(served.clone(), "served")) };
        if is_elsewhere || is_of_a_fork && !source.forks {
            return Ok(Made::new(served.clone(), "served"));
        }
        let at = |why: String| format!("{} of {name} at {commit}: {why}", source.path);
        match self.file(&own.source, change, commit, token).await {
            Ok(None) => Ok(Made::new(served.clone(), "served")),
            Ok(Some(text)) => match source::pushed(&own.definition, &own.templates, source, &text) {
                Ok(definition) => Ok(Made::new(definition, "commit")),
                Err(refused) => Made::failing(served, &at(refused.to_string())),
            },
            Err(why) => Made::failing(served, &at(why)),
        }
    }

    /// The file of the commit; `None`: it has none.
    async fn file(
        &self,
        source: &source::Source,
        change: &Change,
        commit: &str,
        token: &str,
    ) -> Result<Option<String>, String> {
        let repository = source.url.as_ref().or_else(|| change.repository.clone_urls.first());
        let repository = repository.ok_or("nobody says where the repository is: give `spec.source.url`")?;
        let wanted = Wanted { repository, commit, path: &source.path };
        // Nobody closes it.
        let _place = self.fetches.acquire().await.ok();
        for tried in 1.. {
            match self.fetch(wanted, source.secret.as_deref(), token).await {
                Err(error) if error.may_pass() && tried < TRIES => {
                    tokio::time::sleep(self.runner.patience().again).await;
                }
                fetched => return fetched.map_err(|error| error.to_string()),
            }
        }
        Ok(None)
    }

    async fn fetch(
        &self,
        wanted: Wanted<'_>,
        secret: Option<&str>,
        token: &str,
    ) -> Result<Option<String>, FileError> {
        // Of this event and no other, so that nobody else is in it.
        let folder = self.runner.store().remote(token);
        clear(&folder)?;
        store::private_folder(&folder)?;
        let signed = match secret {
            None => Ok(SignIn::default()),
            Some(secret) => git::sign_in(self.runner.secrets(), secret, &folder),
        };
        let fetched = match signed {
            Ok(signed) => fetched(wanted, &signed, &folder).await,
            Err(error) => Err(FileError::SignIn(error)),
        };
        clear(&folder)?;
        fetched
    }
}

fn clear(folder: &std::path::Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
