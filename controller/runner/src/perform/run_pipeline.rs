//! Another pipeline of this runner, run by a stage, which ends as that does.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use weir_pipeline::event::{Ask, Command, Fault, News};
use weir_pipeline::{Pipeline, Run, Status};
use weir_stages::Work;
use weir_stages::work::RunPipeline;

use super::{Ended, Job};
use crate::attempt::Attempt;
use crate::request::Request;
use crate::runner::{CommandError, Runner, StartError};

/// Runs that a run may come from, one from the other. Whoever has more goes round in a circle.
const MOST_ANCESTORS: usize = 10;
/// Of the trigger, what holds for a run that another one starts: which sources it is about, and what came with them.
const HANDED_ON: [&str; 16] = [
    "repository",
    "project",
    "slug",
    "cloneUrls",
    "branch",
    "tag",
    "commit",
    "hash",
    "before",
    "message",
    "author",
    "changed",
    "pullRequest",
    "forge",
    "source",
    "properties",
];

/// A run that another one comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ancestor {
    id: String,
    pipeline: String,
    /// Whether it waits for the next one's end.
    waits: bool,
}

/// The run that an attempt has started, as it is kept: its request may be forgotten before the attempt is.
#[derive(Debug, Serialize, Deserialize)]
struct Started {
    run: String,
}

impl Job {
    pub(super) async fn run_pipeline(&self, attempt: &Attempt, other: &RunPipeline) -> Result<Ended, Fault> {
        let runner = Runner::of(&self.shared);
        let started: Option<Started> = attempt.answer().map_err(Fault::infrastructure)?;
        let run = match started {
            Some(started) => started.run,
            None if self.cancel.is_cancelled() => return self.stopped_before(&runner).await,
            None => {
                let run = self.start_other(&runner, other).await?;
                attempt.write_answer(&Started { run: run.clone() }).map_err(Fault::infrastructure)?;
                attempt.note(&format!("run {run}")).map_err(Fault::infrastructure)?;
                run
            }
        };
        self.tell(News::Progress(format!("run {run}"))).await;
        if !other.wait {
            let status = standing(&runner, &run)?.status;
            return Ok(Ended::Well(outputs(&run, status)));
        }
        tokio::select! {
            over = over(&runner, &run) => {
                let over = over?;
                if over.status.lets_on() {
                    return Ok(Ended::Well(outputs(&run, over.status)));
                }
                let reason = over.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                Err(Fault::work(format!("run {run} ended {}{reason}", over.status)))
            }
            () = self.cancel.cancelled() => {
                self.cancel_other(&runner, &run).await?;
                over(&runner, &run).await?;
                Ok(Ended::Stopped)
            }
        }
    }

    /// It may have been started in an earlier life, in the moment before that was kept.
    async fn stopped_before(&self, runner: &Runner) -> Result<Ended, Fault> {
        if let Some(run) = self.shared.by_token(&self.key.to_string()) {
            self.cancel_other(runner, &run).await?;
            over(runner, &run).await?;
        }
        Ok(Ended::Stopped)
    }

    /// Starts it, or finds it started: what tells the request from others is the attempt.
    async fn start_other(&self, runner: &Runner, other: &RunPipeline) -> Result<String, Fault> {
        let definitions = &self.shared.options.definitions;
        let definition = definitions.get(&other.name).ok_or_else(|| {
            let names = definitions.names().join(", ");
            Fault::work(format!("there is no pipeline {:?}; there are: {names}", other.name))
        })?;
        let ancestors = self.ancestors(other.wait)?;
        refuse_circle(&ancestors, &other.name, &definition)?;
        let request = Request {
            pipeline: other.name.clone(),
            definition: definition.as_ref().clone(),
            trigger: self.trigger_of(other, &ancestors),
            parameters: other.parameters.clone(),
            manual: false,
            token: Some(self.key.to_string()),
        };
        runner.start(request).await.map_err(|error| match error {
            StartError::Problems(_) => {
                Fault::work(format!("pipeline {:?} cannot be started: {error}", other.name))
            }
            StartError::Store(_) => Fault::infrastructure(error),
        })
    }

    /// The runs that the next one comes from, the oldest first; this one is the last.
    fn ancestors(&self, waits: bool) -> Result<Vec<Ancestor>, Fault> {
        let told = self.about.trigger.get("ancestors").cloned();
        let told = told.map(serde_json::from_value::<Vec<Ancestor>>).transpose();
        let mut ancestors = told
            .map_err(|error| Fault::work(format!("trigger.ancestors is not what a runner writes: {error}")))?
            .unwrap_or_default();
        let (id, pipeline) = (self.key.run.clone(), self.about.pipeline.clone());
        ancestors.push(Ancestor { id, pipeline, waits });
        Ok(ancestors)
    }

    fn trigger_of(&self, other: &RunPipeline, ancestors: &[Ancestor]) -> Value {
        let own = &self.about.trigger;
        let known = HANDED_ON.iter().filter_map(|key| Some(((*key).to_owned(), own.get(key)?.clone())));
        let mut trigger: Map<String, Value> = known.collect();
        trigger.insert("type".to_owned(), json!("pipeline"));
        trigger.insert("user".to_owned(), own.get("user").cloned().unwrap_or_default());
        trigger.insert("parameters".to_owned(), json!(other.parameters));
        let (id, name, status) = (&self.key.run, &self.about.pipeline, self.run.status.spinnaker());
        let parent =
            json!({"id": id, "name": name, "status": status, "stage": self.key.stage, "trigger": own});
        trigger.insert("parentExecution".to_owned(), parent);
        trigger.insert("ancestors".to_owned(), json!(ancestors));
        Value::Object(trigger)
    }

    /// Has the other run end. One that is over already is left as it is.
    async fn cancel_other(&self, runner: &Runner, run: &str) -> Result<(), Fault> {
        let life = standing(runner, run)?.life;
        let reason = format!("stage {:?} of run {} was stopped", self.key.stage, self.key.run);
        let command =
            Command { by: format!("run {}", self.key.run), life, ask: Ask::Cancel { reason, force: false } };
        match runner.command(run, command).await {
            Ok(()) | Err(CommandError::Refused(_)) => Ok(()),
            Err(error @ (CommandError::NoRun(_) | CommandError::Start(_) | CommandError::Ends)) => {
                Err(Fault::infrastructure(error))
            }
        }
    }
}

/// Refuses what would never end: a circle, or a run that waits for its own place.
fn refuse_circle(ancestors: &[Ancestor], name: &str, definition: &Pipeline<Work>) -> Result<(), Fault> {
    if ancestors.len() > MOST_ANCESTORS {
        let way: Vec<&str> = ancestors.iter().map(|ancestor| ancestor.id.as_str()).collect();
        return Err(Fault::work(format!(
            "pipelines start each other in a circle: {} runs led here ({}), {MOST_ANCESTORS} are the most",
            way.len(),
            way.join(", ")
        )));
    }
    let limit = usize::try_from(definition.concurrency.limit).unwrap_or(usize::MAX);
    let waiting = ancestors.iter().rev().take_while(|ancestor| ancestor.waits);
    let places = waiting.filter(|ancestor| ancestor.pipeline == name).count();
    if limit > 0 && places >= limit {
        return Err(Fault::work(format!(
            "it would wait for itself: {places} of the {limit} runs of {name:?} that go on at once wait for the one to be started; start it with `wait: false`, or raise `concurrency.limit`"
        )));
    }
    Ok(())
}

/// What later stages read.
fn outputs(run: &str, status: Status) -> Map<String, Value> {
    Map::from_iter([("run".to_owned(), json!(run)), ("status".to_owned(), json!(status.spinnaker()))])
}

fn standing(runner: &Runner, run: &str) -> Result<Arc<Run>, Fault> {
    let kept = runner.get(run).map_err(Fault::infrastructure)?;
    kept.map(|(_, run)| run).ok_or_else(|| Fault::infrastructure(format!("run {run} is not kept any more")))
}

/// The run once it is over.
async fn over(runner: &Runner, run: &str) -> Result<Arc<Run>, Fault> {
    if let Some(mut watched) = runner.watch(run) {
        // An error: it is over, and nobody looks after it any more.
        if let Ok(run) = watched.wait_for(|run| run.status.is_complete()).await {
            return Ok(Arc::clone(&run));
        }
    }
    standing(runner, run)
}
