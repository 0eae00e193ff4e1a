//! What triggers have to know after a restart: deliveries, refs of remotes, times of schedules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use weir_trigger::poll::git::Refs;
use weir_trigger::seen::Bounds;
use weir_trigger::{Delivery, Refusal, Seen};

use crate::{clock, store};

/// It is written each second where it has changed, and not with each delivery: runs carry the tokens of what started them, so what is forgotten by a kill
/// starts nothing again.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    known: Mutex<(Known, bool)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Known {
    seen: Seen,
    /// Of schedules, by pipeline and text.
    looked: BTreeMap<String, Timestamp>,
    /// Of remotes, by address.
    refs: BTreeMap<String, Refs>,
    /// The end of the last run that was looked at.
    ended: Option<Timestamp>,
}

impl Memory {
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join("triggers.json");
        let known = store::read(&path).unwrap_or_else(|error| {
            tracing::error!(path = %path.display(), %error, "what triggers knew cannot be read: they begin anew");
            None
        });
        let mut known: Known = known.unwrap_or_default();
        known.ended.get_or_insert_with(clock::now);
        Self { path, known: Mutex::new((known, false)) }
    }

    fn change(&self) -> MutexGuard<'_, (Known, bool)> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
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
        *self.change().0.looked.entry(schedule.to_owned()).or_insert(now)
    }

    pub(super) fn look_at(&self, schedule: &str, now: Timestamp) {
        self.change().0.looked.insert(schedule.to_owned(), now);
    }

    pub(super) fn refs(&self, remote: &str) -> Option<Refs> {
        self.change().0.refs.get(remote).cloned()
    }

    pub(super) fn know_refs(&self, remote: &str, refs: Refs) {
        self.change().0.refs.insert(remote.to_owned(), refs);
    }

    pub(super) fn ended_since(&self) -> Timestamp {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).0.ended.unwrap_or(Timestamp::MAX)
    }

    pub(super) fn saw_ended(&self, at: Timestamp) {
        self.change().0.ended = Some(at);
    }

    /// Writes what has changed; where that fails it is tried again with the next call.
    pub(super) fn store(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
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
