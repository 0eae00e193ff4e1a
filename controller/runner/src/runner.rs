//! All runs of all pipelines: which are there, which go on, who is next.

mod definitions;
mod options;
mod patience;
mod turn;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use weir_outbound::client::Client;
use weir_outbound::secrets::Secrets;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::{Pipeline, Plan, Problem, Refusal, Run};
use weir_stages::{Freeze, Work};

use crate::analyses::Analyses;
use crate::archive::Keeper;
use crate::drive::{self, Live, Told};
use crate::notices::{self, Teller};
use crate::request::Request;
use crate::store::{About, Store, StoreError};

pub use definitions::Definitions;
pub use options::Options;
pub use patience::Patience;

/// How long a run is kept after its end, however many there are: until what started it is remembered otherwise, and others have seen its end. Until then its
/// token is all that tells that the same was asked for before.
pub(crate) const KEPT_AT_LEAST: Duration = Duration::from_mins(10);
/// How often it is looked whether a run that is over is known to be so.
const ENDS: Duration = Duration::from_millis(5);
/// How many times more runs than are to be kept there may be while the archive cannot be used: a disk that is full would stop all of them.
const NOT_ARCHIVED: usize = 4;

/// Runs pipelines. Whoever drops it leaves everything as it is; the next one goes on with it, once what looks after the folder has ended.
#[derive(Debug)]
pub struct Runner {
    pub(crate) shared: Arc<Shared>,
    _ends: Option<DropGuard>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
    pub(crate) options: Options,
    pub(crate) client: Client,
    pub(crate) analyses: Analyses,
    keeper: Option<Arc<Keeper>>,
    pub(crate) teller: Teller,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    live: Mutex<HashMap<String, Live>>,
    /// Runs by the tokens of what asked for them.
    tokens: Mutex<HashMap<String, String>>,
    /// One who decides at a time: what is admitted counts as running for the next decision.
    deciding: tokio::sync::Mutex<()>,
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
        let store = Store::open(&options.state)?;
        let shared = Arc::new(Shared {
            store,
            secrets: Secrets::in_folder(options.secrets.clone()),
            client: Client::new().map_err(StoreError::Tls)?,
            analyses: Analyses::default(),
            teller: Teller::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            live: Mutex::default(),
            tokens: Mutex::default(),
            deciding: tokio::sync::Mutex::default(),
            keeper: options.archive.clone().map(|archive| Arc::new(Keeper::new(archive))),
            options,
        });
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
            let mut tokens = shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
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

impl Shared {
    /// The time that runs go by.
    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    fn lives(&self) -> std::sync::MutexGuard<'_, HashMap<String, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run that was asked for with this token.
    pub(crate) fn by_token(&self, token: &str) -> Option<String> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// A run that is kept, unless it is over; of those that are, whoever has not been told yet is. One that cannot be read is told in the log.
    fn find_again(self: &Arc<Self>, id: &str) -> Option<(About, Run)> {
        let kept = match self.store.load(id) {
            // Nobody was ever told of it.
            Ok(None) => self.store.remove(id).map(|()| None),
            loaded => loaded,
        };
        let (about, run) =
            kept.inspect_err(|error| tracing::error!(run = %id, %error, "the run is left alone")).ok()??;
        if let Some(token) = &about.token {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.insert(token.clone(), id.to_owned());
        }
        if !run.status.is_complete() {
            return Some((about, run));
        }
        notices::catch_up(self, &about, &run);
        None
    }

    fn look_after(self: &Arc<Self>, about: About, run: Run) -> Result<Live, StartError> {
        let plan = Plan::new(about.definition.clone()).map_err(StartError::Problems)?;
        let mut lives = self.lives();
        // Somebody else may have been first.
        let live = lives.entry(run.id.clone());
        Ok(live.or_insert_with(|| drive::begin(self, Arc::new(about), plan, run)).clone())
    }

    /// A run is over: its place is free, and the oldest ones are not kept for ever.
    pub(crate) async fn is_over(self: Arc<Self>, pipeline: &str, id: &str) {
        // Before nobody looks after it any more: who waits for the archive sees one of both.
        if let Some(keeper) = &self.keeper {
            keeper.is_over(id);
        }
        self.lives().remove(id);
        self.decide(pipeline).await;
        self.prune_now(pipeline);
    }

    /// Removes the oldest runs of a pipeline; what cannot be removed now is so next time.
    pub(crate) fn prune_now(&self, pipeline: &str) {
        if let Err(error) = self.prune(pipeline) {
            tracing::warn!(%pipeline, %error, "old runs are kept for now");
        }
    }

    fn prune(&self, pipeline: &str) -> Result<(), StoreError> {
        let Some(ids) = self.store.by_pipeline()?.remove(pipeline) else { return Ok(()) };
        let excess = ids.len().saturating_sub(self.options.keep);
        let far_too_many = ids.len().saturating_sub(self.options.keep.saturating_mul(NOT_ARCHIVED));
        let before = Timestamp::now().saturating_sub(KEPT_AT_LEAST).unwrap_or(Timestamp::MIN);
        for (place, id) in ids.into_iter().take(excess).enumerate() {
            let is_old = self.store.stored_at(&id).is_none_or(|at| at < before);
            let waits = self.keeper.as_ref().is_some_and(|keeper| keeper.waits_for(&self.store, &id));
            if is_old && !self.lives().contains_key(&id) && (!waits || place < far_too_many) {
                if waits {
                    tracing::error!(run = %id, "the run is removed, and the archive does not have it: there are too many to wait for it");
                }
                self.store.remove(&id)?;
                let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
                tokens.retain(|_, run| *run != id);
            }
        }
        Ok(())
    }
}
