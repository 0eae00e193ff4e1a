//! What everything that goes on in one runner shares: what is kept, which runs go on, and what becomes of those that are over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use weir_outbound::client::Client;
use weir_outbound::secrets::Secrets;
use weir_pipeline::{Plan, Run};

use super::{Options, StartError};
use crate::analyses::Analyses;
use crate::archive::Keeper;
use crate::drive::{self, Live};
use crate::notices::{self, Teller};
use crate::store::{About, Store, StoreError};

/// How long a run is kept after its end, however many there are: until what started it is remembered otherwise, and others have seen its end. Until then its
/// token is all that tells that the same was asked for before.
const KEPT_AT_LEAST: Duration = Duration::from_mins(10);
/// How many times more runs than are to be kept there may be while the archive cannot be used: a disk that is full would stop all of them.
const NOT_ARCHIVED: usize = 4;

/// What everything that goes on in one runner shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
    pub(crate) options: Options,
    pub(crate) client: Client,
    pub(crate) analyses: Analyses,
    pub(super) keeper: Option<Arc<Keeper>>,
    pub(crate) teller: Teller,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    live: Mutex<HashMap<String, Live>>,
    /// Runs by the tokens of what asked for them.
    tokens: Mutex<HashMap<String, String>>,
    /// One who decides at a time: what is admitted counts as running for the next decision.
    pub(super) deciding: tokio::sync::Mutex<()>,
}

impl Shared {
    /// With the folder of these options, in which nothing is looked at yet.
    pub(super) fn open(options: Options) -> Result<Arc<Self>, StoreError> {
        Ok(Arc::new(Self {
            store: Store::open(&options.state)?,
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
        }))
    }

    /// The time that runs go by.
    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// Runs that go on.
    pub(super) fn lives(&self) -> MutexGuard<'_, HashMap<String, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs by the tokens of what asked for them.
    pub(super) fn tokens(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run that was asked for with this token.
    pub(crate) fn by_token(&self, token: &str) -> Option<String> {
        self.tokens().get(token).cloned()
    }

    /// A run that is kept, unless it is over; of those that are, whoever has not been told yet is. One that cannot be read is told in the log.
    pub(super) fn find_again(self: &Arc<Self>, id: &str) -> Option<(About, Run)> {
        let kept = match self.store.load(id) {
            // Nobody was ever told of it.
            Ok(None) => self.store.remove(id).map(|()| None),
            loaded => loaded,
        };
        let (about, run) =
            kept.inspect_err(|error| tracing::error!(run = %id, %error, "the run is left alone")).ok()??;
        if let Some(token) = &about.token {
            self.tokens().insert(token.clone(), id.to_owned());
        }
        if !run.status.is_complete() {
            return Some((about, run));
        }
        notices::catch_up(self, &about, &run);
        None
    }

    /// Goes on with a run, unless somebody does already.
    pub(super) fn look_after(self: &Arc<Self>, about: About, run: Run) -> Result<Live, StartError> {
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
                self.tokens().retain(|_, run| *run != id);
            }
        }
        Ok(())
    }
}
