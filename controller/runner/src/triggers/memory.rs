//! What triggers have to know after a restart: deliveries, refs of remotes, times of schedules, runs that have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use weir_trigger::poll::git::Refs;
use weir_trigger::seen::Bounds;
use weir_trigger::{Delivery, Refusal, Seen};

use crate::{clock, store};

/// How much later than others a run may be stored that ended before them.
const LATE: Duration = Duration::from_mins(5);

/// It is written each second where it has changed, and not with each delivery: runs carry the tokens of what started them, and are kept for longer than that
/// (`runner::KEPT_AT_LEAST`), so what is forgotten by a kill starts nothing again.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    known: Mutex<(Known, bool)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Known {
    seen: Seen,
    /// Of schedules, by pipeline, text and zone.
    looked: BTreeMap<String, Timestamp>,
    /// By address.
    remotes: BTreeMap<String, Remote>,
    ended: Ended,
}

/// What a remote had when it was last asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Remote {
    /// How often there was news: tells a branch that was put back from one that was never elsewhere.
    pub(super) changes: u64,
    pub(super) refs: Refs,
}

/// Which ends of runs were told.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Ended {
    /// All that were until then.
    until: Option<Timestamp>,
    /// And these after it: runs with their lives.
    after: BTreeMap<String, Timestamp>,
}

impl Memory {
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join("triggers.json");
        let known = store::read(&path).unwrap_or_else(|error| {
            tracing::error!(path = %path.display(), %error, "what triggers knew cannot be read: they begin anew");
            None
        });
        let mut known: Known = known.unwrap_or_default();
        let is_new = known.ended.until.is_none();
        known.ended.until.get_or_insert_with(clock::now);
        Self { path, known: Mutex::new((known, is_new)) }
    }

    fn known(&self) -> MutexGuard<'_, (Known, bool)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> MutexGuard<'_, (Known, bool)> {
        let mut known = self.known();
        known.1 = true;
        known
    }

    /// Takes a delivery that is new.
    pub(super) fn take(&self, delivery: &Delivery) -> Result<(), Refusal> {
        self.change().0.seen.take(delivery, clock::now(), &Bounds::default())
    }

    /// What was to be started by it was not.
    pub(super) fn forget(&self, delivery: &Delivery) {
        self.change().0.seen.forget(delivery);
    }

    /// When a schedule was last looked at; one that is new is from now on.
    pub(super) fn looked_at(&self, schedule: &str, now: Timestamp) -> Timestamp {
        let known = self.known().0.looked.get(schedule).copied();
        known.unwrap_or_else(|| {
            self.look_at(schedule, now);
            now
        })
    }

    pub(super) fn look_at(&self, schedule: &str, now: Timestamp) {
        self.change().0.looked.insert(schedule.to_owned(), now);
    }

    /// A schedule that is not there any more, and comes back, makes up for nothing.
    pub(super) fn forget_schedules_but(&self, present: &BTreeSet<String>) {
        let mut known = self.known();
        let before = known.0.looked.len();
        known.0.looked.retain(|schedule, _| present.contains(schedule));
        known.1 |= known.0.looked.len() != before;
    }

    pub(super) fn remote(&self, url: &str) -> Option<Remote> {
        self.known().0.remotes.get(url).cloned()
    }

    pub(super) fn know_remote(&self, url: &str, remote: Remote) {
        self.change().0.remotes.insert(url.to_owned(), remote);
    }

    /// All ends until then were told.
    pub(super) fn told_until(&self) -> Timestamp {
        self.known().0.ended.until.unwrap_or(Timestamp::MAX)
    }

    pub(super) fn has_told(&self, run: &str) -> bool {
        self.known().0.ended.after.contains_key(run)
    }

    pub(super) fn tell(&self, run: &str, ended: Timestamp) {
        let mut known = self.change();
        let told = &mut known.0.ended;
        told.after.insert(run.to_owned(), ended);
        let newest = told.after.values().max().copied().unwrap_or(ended);
        // What is older than this is on the disk, and was told.
        let until = newest.saturating_sub(LATE).unwrap_or(Timestamp::MIN).max(told.until.unwrap_or(newest));
        told.until = Some(until);
        told.after.retain(|_, ended| *ended > until);
    }

    /// Writes what has changed; where that fails it is tried again with the next call.
    pub(super) fn store(&self) {
        let mut known = self.known();
        if !known.1 {
            return;
        }
        match store::write(&self.path, &known.0) {
            Ok(()) => known.1 = false,
            Err(error) => {
                tracing::error!(path = %self.path.display(), %error, "what triggers know cannot be stored");
            }
        }
    }
}
