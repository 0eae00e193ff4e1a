//! All runs of all pipelines: which are there, which go on, who is next.

mod definitions;
mod lives;
mod options;
mod patience;
mod turn;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::DropGuard;
use weir_outbound::client::Client;
use weir_outbound::secrets::Secrets;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::{Pipeline, Plan, Problem, Refusal, Run};
use weir_stages::{Freeze, Work};

use crate::drive::{self, Live, Told};
use crate::request::Request;
use crate::store::{About, Store, StoreError};

pub use definitions::Definitions;
pub(crate) use lives::Shared;
pub use options::Options;
pub use patience::Patience;

/// How often it is looked whether a run that is over is known to be so.
const ENDS: Duration = Duration::from_millis(5);

/// Runs pipelines. Whoever drops it leaves everything as it is; the next one goes on with it, once what looks after the folder has ended.
#[derive(Debug)]
pub struct Runner {
    pub(crate) shared: Arc<Shared>,
    _ends: Option<DropGuard>,
}

/// A run, and what it runs.
pub type Kept = (Arc<About>, Arc<Run>);

/// Why a run is not there.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its definition or its parameters.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a command was not obeyed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such run.
    #[error("there is no run {0:?}")]
    NoRun(String),
    /// It changes nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is kept of the run cannot be used.
    #[error("what is kept of the run cannot be used: {0}")]
    Start(#[from] StartError),
    /// The program ends.
    #[error("the program is about to end: ask again")]
    Ends,
}

impl Runner {
    /// Opens what is kept, and goes on with whatever is not over.
    ///
    /// # Errors
    /// The folder cannot be used. A run that cannot be read is told in the log, and left alone.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        let shared = Shared::open(options)?;
        // A run that one of them holds must not go on before their files are read again.
        shared.options.freezes.replace(shared.store.freezes()?.into_values().flatten().collect());
        let all = shared.store.by_pipeline()?;
        // What a run has asked for has to be known before the run can ask for it again.
        let kept: Vec<_> = all.values().flatten().filter_map(|id| shared.find_again(id)).collect();
        for (about, run) in kept {
            let id = run.id.clone();
            let looked = shared.look_after(about, run);
            let _ = looked.inspect_err(|error| tracing::error!(run = %id, %error, "the run is left alone"));
        }
        for pipeline in all.keys() {
            shared.decide(pipeline).await;
        }
        if let Some(keeper) = shared.keeper.clone() {
            // Also what was over before there was an archive.
            all.values().flatten().for_each(|id| keeper.is_over(id));
            let (keep, stop) = (keeper.keep(Arc::clone(&shared)), shared.stop.clone());
            shared.tasks.spawn(async move {
                let _ends = stop.run_until_cancelled(keep).await;
            });
        }
        let ends = shared.stop.clone().drop_guard();
        Ok(Self { shared, _ends: Some(ends) })
    }

    /// For what a stage asks of the runner that runs it; dropping this one ends nothing.
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), _ends: None }
    }

    /// Pipelines by their names.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.shared.options.definitions
    }

    /// Puts these in the place of all freezes, by the names of their files, and keeps them for whoever opens the folder next.
    pub(crate) fn freeze(&self, freezes: BTreeMap<String, Vec<Freeze>>) {
        if let Err(error) = self.shared.store.keep_freezes(&freezes) {
            tracing::error!(%error, "freezes cannot be kept: they are in force until this program ends");
        }
        self.shared.options.freezes.replace(freezes.into_values().flatten().collect());
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.shared.secrets
    }

    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }

    /// The time that runs go by.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.now()
    }

    pub(crate) fn patience(&self) -> &Patience {
        &self.shared.options.patience
    }

    /// The run that was asked for with this token.
    pub(crate) fn by_token(&self, token: &str) -> Option<String> {
        self.shared.by_token(token)
    }

    /// Puts a pipeline in the place of the last one of this name, for stages that start it.
    pub fn define(&self, name: &str, pipeline: Pipeline<Work>) {
        self.shared.options.definitions.define(name, pipeline);
    }

    /// Asks for a run: it starts when it is its turn. Its id is `PIPELINE-NUMBER`.
    ///
    /// # Errors
    /// Its definition or its parameters are wrong, or it cannot be stored; then there is none.
    pub async fn start(&self, request: Request) -> Result<String, StartError> {
        let parameters = request.bound().map_err(StartError::Problems)?;
        let plan = Plan::new(request.definition.clone()).map_err(StartError::Problems)?;
        let Request { pipeline, definition, trigger, parameters: _, manual, token } = request;
        let about = About { pipeline, definition, trigger, parameters, token };
        let shared = &self.shared;
        let id = {
            // Nobody else may begin the same between the look and the entry.
            let mut tokens = shared.tokens();
            if let Some(id) = about.token.as_ref().and_then(|token| tokens.get(token)) {
                return Ok(id.clone());
            }
            let number = shared.store.next_number(&about.pipeline)?;
            let id = shared.store.create(&about, number)?;
            let run = Run::new(&id, plan.graph(), manual, shared.now());
            shared.store.save(&run)?;
            tokens.extend(about.token.clone().map(|token| (token, id.clone())));
            let about = Arc::new(about);
            let live = drive::begin(shared, Arc::clone(&about), plan, run);
            shared.lives().insert(id.clone(), live);
            id
        };
        if let Some((pipeline, _)) = crate::store::split(&id) {
            shared.decide(pipeline).await;
        }
        Ok(id)
    }

    /// Asks something of a run, as somebody who saw this life of it.
    ///
    /// # Errors
    /// There is no such run, or it is not in a state for it.
    pub async fn command(&self, run: &str, command: Command) -> Result<(), CommandError> {
        let shared = &self.shared;
        let live = shared.lives().get(run).cloned();
        let live = if let Some(live) = live {
            live
        } else {
            let kept = shared.store.load(run).map_err(StartError::from)?;
            let (about, kept) = kept.ok_or_else(|| CommandError::NoRun(run.to_owned()))?;
            // What is over and stays so needs nobody who looks after it.
            if !matches!(command.ask, Ask::Restart { .. }) {
                let plan = Plan::new(about.definition).map_err(StartError::Problems)?;
                let event = weir_pipeline::Event::Command(command);
                let refused =
                    weir_pipeline::advance(plan.graph(), &kept, &[event], &[], shared.now()).refused;
                return refused.into_iter().next().map_or(Ok(()), |refusal| Err(refusal.into()));
            }
            shared.look_after(about, kept)?
        };
        let (answer, answered) = oneshot::channel();
        let told = Told::Asked(command, answer);
        live.told.send(told).await.map_err(|_| CommandError::Ends)?;
        let answer = answered.await.map_err(|_| CommandError::Ends)?;
        shared.decide(&live.about.pipeline).await;
        Ok(answer?)
    }

    /// Where a run stands, with what it runs.
    ///
    /// # Errors
    /// What is kept of it cannot be read.
    pub fn get(&self, run: &str) -> Result<Option<Kept>, StoreError> {
        if let Some(live) = self.shared.lives().get(run) {
            return Ok(Some((Arc::clone(&live.about), live.run.borrow().clone())));
        }
        Ok(self.shared.store.load(run)?.map(|(about, run)| (Arc::new(about), Arc::new(run))))
    }

    /// A run as it changes; `None`: it is over, or there is none.
    #[must_use]
    pub fn watch(&self, run: &str) -> Option<watch::Receiver<Arc<Run>>> {
        self.shared.lives().get(run).map(|live| live.run.clone())
    }

    /// What is kept of all runs.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Returns once the archive has all runs that are over, or cannot be used for now; at once where there is none.
    pub async fn archived(&self) {
        let Some(keeper) = &self.shared.keeper else { return };
        self.ends().await;
        keeper.settled().await;
    }

    /// Returns once everybody who is to be told of a run has been, or cannot be for now.
    pub async fn told(&self) {
        self.ends().await;
        self.shared.teller.settled().await;
    }

    /// Returns once every run that is over is known to be so.
    async fn ends(&self) {
        let ends = |live: &Live| live.run.borrow().status.is_complete();
        while self.shared.lives().values().any(ends) {
            tokio::time::sleep(ENDS).await;
        }
    }

    /// Ends: what was begun lives on and is found by the next one. Returns once nobody looks after the folder any more.
    pub async fn close(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
