//! One attempt of one stage, from its fields to how it ended. Whoever does it again after a kill finds what was done, and goes on from there.
//!
//! ```text
//! step         a command                 shell: how commands are written
//!   checkout     git
//!   image        buildah
//!   outputs      what it hands on        kept: artifacts and caches
//!   reports      what it tells about tests and sources
//!   load         weir-load                job: a container of its own
//!   analysis     weir judge
//! evaluate     variables, preconditions
//! gate         conditions on reports        sonar: SonarQube's
//! ask          others, by HTTP
//!   webhook      a call, and what it began
//!   forge        GitHub and others: status, comment
//! run_pipeline another pipeline                find_artifact   an image of one of its runs
//! deploy       objects applied and waited for
//!   release      by a Canary                 single: looked at, changed, removed
//! ```

mod analysis;
pub(crate) mod ask;
mod checkout;
mod comment;
mod deploy;
mod evaluate;
mod find_artifact;
pub(crate) mod forge;
mod gate;
mod image;
mod job;
mod kept;
mod load;
mod outputs;
mod release;
mod reports;
mod run_pipeline;
pub(crate) mod shell;
mod single;
mod sonar;
pub(crate) mod status;
mod step;
mod webhook;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weir_expression::{Condition, Limits, evaluate_all};
use weir_pipeline::event::{Event, Fault, News, Report};
use weir_pipeline::{Key, Plan, Run};
use weir_stages::{Does, Seen, Work, scripts};

pub(crate) use evaluate::is_computed;

use crate::attempt::Attempt;
use crate::drive::Told;
use crate::runner::Shared;
use crate::store::About;

/// An attempt, with everything that it may look at.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) shared: Arc<Shared>,
    pub(crate) about: Arc<About>,
    pub(crate) plan: Arc<Plan<Work>>,
    /// As it was when the attempt was asked for.
    pub(crate) run: Arc<Run>,
    pub(crate) key: Key,
    /// Whether it is to end.
    pub(crate) cancel: CancellationToken,
    /// Hears of it.
    pub(crate) told: mpsc::Sender<Told>,
}

/// What a stage hands on.
pub(crate) type Outputs = Map<String, Value>;

/// How an attempt ended: with outputs, or stopped as it was asked to.
#[derive(Debug)]
pub(crate) enum Ended {
    Well(Outputs),
    Stopped,
}

impl Job {
    /// Does the attempt, and tells how it ended.
    pub(crate) async fn perform(self) {
        let ended = self.attempt().await;
        self.tell(self.news(ended)).await;
    }

    /// Does an attempt that [is only computed](is_computed); how it ended.
    pub(crate) fn compute(&self) -> Event {
        let attempt = self.shared.store.attempt(&self.key);
        let written = self.plan.work(&self.key.stage).ok_or_else(|| Fault::work("there is no such stage"));
        let ended = written.and_then(|written| self.computed(&attempt, written)).map(Ended::Well);
        self.report(self.news(ended))
    }

    fn news(&self, ended: Result<Ended, Fault>) -> News {
        match ended {
            Ok(Ended::Well(outputs)) => News::Succeeded(outputs),
            Ok(Ended::Stopped) => News::Stopped,
            Err(_) if self.cancel.is_cancelled() => News::Stopped,
            Err(fault) => News::Failed(fault),
        }
    }

    fn report(&self, news: News) -> Event {
        Event::Report(Report { stage: self.key.stage.clone(), attempt: self.key.attempt, news })
    }

    async fn attempt(&self) -> Result<Ended, Fault> {
        let attempt = self.shared.store.attempt(&self.key);
        let written = self.plan.work(&self.key.stage).ok_or_else(|| Fault::work("there is no such stage"))?;
        if is_computed(written) {
            return self.computed(&attempt, written).map(Ended::Well);
        }
        attempt.make().map_err(Fault::infrastructure)?;
        let does = self.does(&attempt, written)?;
        if let Does::Wait(span) = does {
            // Counted from its begin, whoever looks when.
            let began = self
                .run
                .stage(&self.key.stage)
                .and_then(|stage| stage.began)
                .unwrap_or_else(|| self.shared.now());
            self.tell(News::Started { done_at: Some(span.after(began)) }).await;
            return Ok(self.until_stopped().await);
        }
        self.tell(News::Started { done_at: None }).await;
        let ended = match does {
            Does::Step(step) => self.step(&attempt, &step).await?,
            Does::Checkout(checkout) => self.checkout(&attempt, &checkout).await?,
            Does::Image(image) => self.image(&attempt, &image).await?,
            Does::Variables(_) | Does::Preconditions(_) => Ended::Well(self.computed(&attempt, written)?),
            Does::Webhook(webhook) => Box::pin(self.webhook(&attempt, &webhook)).await?,
            Does::Pipeline(other) => Box::pin(self.run_pipeline(&attempt, &other)).await?,
            Does::Status(status) => Box::pin(self.status(&status)).await?,
            Does::Comment(comment) => Box::pin(self.comment(&attempt, &comment)).await?,
            Does::Load(load) => self.load(&attempt, &load).await?,
            Does::Analysis(analysis) => Box::pin(self.analysis(&attempt, &analysis)).await?,
            Does::Job(job) => self.job(&attempt, &job).await?,
            Does::Deploy(deploy) => Box::pin(self.deploy(&attempt, &deploy)).await?,
            Does::Release(release) => Box::pin(self.release(&attempt, &release)).await?,
            Does::FindImage(find) => self.find_image(&find).await?,
            Does::FindArtifact(find) => self.find_artifact(&attempt, &find)?,
            Does::Scale(scale) => self.or_stopped(self.scale(&attempt, &scale)).await?,
            Does::Undo(undo) => self.or_stopped(self.undo(&attempt, &undo)).await?,
            Does::Delete(delete) => self.or_stopped(self.delete(&attempt, &delete)).await?,
            Does::Weights(weights) => self.weights(&weights).await?,
            Does::Wait(_) | Does::Judgment(_) => self.until_stopped().await,
            Does::Gate(gate) => {
                self.or_stopped(async { self.gate(&attempt, &gate).await.map(Ended::Well) }).await?
            }
        };
        Ok(ended)
    }

    /// Time ends it, or somebody's decision, of which nobody here hears: all that there is to do is to say that it has stopped.
    async fn until_stopped(&self) -> Ended {
        self.cancel.cancelled().await;
        Ended::Stopped
    }

    /// What ends by itself, or where it is told to.
    async fn or_stopped(&self, done: impl Future<Output = Result<Ended, Fault>>) -> Result<Ended, Fault> {
        tokio::select! {
            done = done => done,
            ended = self.until_stopped() => Ok(ended),
        }
    }

    /// What the stage does, with its expressions evaluated: by the first who comes here, for all others.
    fn does(&self, attempt: &Attempt, written: &Work) -> Result<Does, Fault> {
        let fields = if let Some(fields) = attempt.fields().map_err(Fault::infrastructure)? {
            fields
        } else {
            let fields = self.evaluated(written)?;
            attempt.write_fields(&fields).map_err(Fault::infrastructure)?;
            fields
        };
        written.with(&fields).map_err(Fault::work)
    }

    fn evaluated(&self, written: &Work) -> Result<Value, Fault> {
        let scope = self.seen().scope(&self.key.stage, self.shared.now());
        let evaluate = |fields: &Value| {
            evaluate_all(fields, &scope, &Limits::default())
                .map(|evaluated| evaluated.value)
                .map_err(Fault::work)
        };
        scripts::apart(written.fields(), evaluate)
    }

    pub(crate) fn seen(&self) -> Seen<'_> {
        self.about.seen(&self.plan, &self.run)
    }

    async fn tell(&self, news: News) {
        // Nobody hears it where the program ends; then it is done again by the next one.
        let _ends = self.told.send(Told::Event(self.report(news))).await;
    }
}

/// Whether a stage's condition holds.
pub(crate) fn holds(seen: Seen<'_>, stage: &str, condition: &str, now: Timestamp) -> Result<bool, String> {
    let limits = Limits::default();
    let scope = seen.scope(stage, now);
    let parsed = Condition::parse(condition, &limits);
    parsed.and_then(|condition| condition.holds(&scope, &limits)).map_err(|error| error.to_string())
}
