//! Who keeps runs that are over: in the background, one after the other, until all are kept.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::{Archive, ArchiveError, name};
use crate::runner::Shared;
use crate::store::{self, Store};

/// How often the pause between two rounds is doubled, at most: from 10 s to five minutes or so.
const DOUBLED: u32 = 5;
/// Runs that fail one after the other until the rest of them waits for the next round.
const FAILED_AT_ONCE: usize = 3;

/// An archive, with the runs that it has not got yet.
#[derive(Debug)]
pub(crate) struct Keeper {
    archive: Archive,
    waiting: Mutex<VecDeque<String>>,
    more: Notify,
    stands: watch::Sender<Stands>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Busy,
    Done,
    /// Told already.
    Fails,
}

/// In the folder of a run: that the archive at this address has this life of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    address: String,
    life: u32,
}

impl Keeper {
    pub(crate) fn new(archive: Archive) -> Self {
        let (stands, _) = watch::channel(Stands::Busy);
        Self { archive, waiting: Mutex::default(), more: Notify::new(), stands }
    }

    /// A run is over. One that is restarted is over again, and kept again.
    pub(crate) fn is_over(&self, id: &str) {
        self.wait(id);
        self.stands.send_if_modified(|stands| {
            let was_done = *stands == Stands::Done;
            if was_done {
                *stands = Stands::Busy;
            }
            was_done
        });
        self.more.notify_one();
    }

    fn wait(&self, id: &str) {
        let mut waiting = self.lock();
        if !waiting.iter().any(|waits| waits == id) {
            waiting.push_back(id.to_owned());
        }
    }

    /// Whether the archive still waits for this run: then it is not to be removed.
    pub(crate) fn waits_for(&self, store: &Store, id: &str) -> bool {
        store.load(id).is_ok_and(|kept| {
            kept.is_some_and(|(_, run)| !self.is_marked(store, id, run.life).unwrap_or_default())
        })
    }

    fn is_marked(&self, store: &Store, id: &str, life: u32) -> io::Result<bool> {
        let mark: Option<Mark> = store::read(&store.archived(id))?;
        Ok(mark == Some(self.mark(life)))
    }

    fn mark(&self, life: u32) -> Mark {
        Mark { address: self.archive.address().to_owned(), life }
    }

    /// Returns once all is kept that is to be, or the archive cannot be used for now.
    pub(crate) async fn settled(&self) {
        let mut stands = self.stands.subscribe();
        // An error: the keeper is gone, and nothing more is kept.
        let _gone = stands.wait_for(|stands| *stands != Stands::Busy).await;
    }

    /// Keeps what waits, for as long as the program runs.
    pub(crate) async fn keep(self: Arc<Self>, shared: Arc<Shared>) {
        let mut failed = 0;
        loop {
            let more = self.more.notified();
            if self.round(&shared).await {
                failed = 0;
                more.await;
            } else {
                let pause = shared.options.patience.again * 2_u32.pow(DOUBLED.min(failed));
                failed += 1;
                tokio::time::sleep(pause.max(Duration::from_millis(1))).await;
            }
        }
    }

    /// Tries all that waits, once; whether nothing does any more.
    async fn round(&self, shared: &Shared) -> bool {
        let mut failed = 0;
        let tries = self.lock().len();
        for _ in 0..tries {
            let Some(id) = self.lock().pop_front() else { break };
            match self.one(shared, &id).await {
                Ok(()) => failed = 0,
                Err(error) => {
                    self.tell(&id, &error);
                    // Behind what may not fail.
                    self.wait(&id);
                    failed += 1;
                }
            }
            if failed == FAILED_AT_ONCE {
                break;
            }
        }
        let waiting = self.lock();
        if waiting.is_empty() && self.stands.send_replace(Stands::Done) == Stands::Fails {
            tracing::info!(archive = %self.archive.address(), "the archive can be used again, and has all runs");
        }
        waiting.is_empty()
    }

    /// Once until all is well again, however often it is tried.
    fn tell(&self, run: &str, error: &ArchiveError) {
        if self.stands.send_replace(Stands::Fails) != Stands::Fails {
            let archive = self.archive.address();
            tracing::warn!(%archive, %run, %error, "runs cannot be archived for now: they are kept here, and it is tried again");
        }
    }

    async fn one(&self, shared: &Shared, id: &str) -> Result<(), ArchiveError> {
        let store = &shared.store;
        let (Some(name), Ok(Some((about, run)))) = (name(id), store.load(id)) else { return Ok(()) };
        // A run that was restarted comes again at its end.
        if !run.status.is_complete() || self.is_marked(store, id, run.life)? {
            return Ok(());
        }
        self.archive.keep(&name, &store.run(id)).await?;
        store::write(&store.archived(id), &self.mark(run.life))?;
        shared.prune_now(&about.pipeline);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
