//! What triggers have to know after a restart: deliveries, refs of remotes, times of schedules, runs that have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use weir_trigger::delivery::Content;
use weir_trigger::poll::git::Refs;
use weir_trigger::poll::{jenkins, registry};
use weir_trigger::seen::Bounds;
use weir_trigger::{Delivery, Refusal, Seen};

use crate::store;

/// How much later than others a run may be stored that ended before them.
const LATE: Duration = Duration::from_mins(5);

/// It is written each second where it has changed, and not with each delivery: runs carry the tokens of what started them, and are kept for longer than that
/// (`runner::lives`), so what is forgotten by a kill starts nothing again.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    known: Mutex<(Known, bool)>,
    /// Deliveries that nobody has been answered about yet. They are not stored: after a kill their senders try again.
    doing: Mutex<Vec<Delivery>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Known {
    seen: Seen,
    /// Of schedules, by pipeline, text and zone.
    looked: BTreeMap<String, Timestamp>,
    /// By address.
    remotes: BTreeMap<String, Remote>,
    /// By name, without a tag.
    images: BTreeMap<String, Tagged>,
    /// By the names of a Jenkins and of a job of it.
    builds: BTreeMap<String, BTreeMap<String, Built>>,
    ended: Ended,
}

/// What a remote had when it was last asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Remote {
    /// How often there was news: tells a branch that was put back from one that was never elsewhere.
    pub(super) changes: u64,
    pub(super) refs: Refs,
}

/// What an image had when its registry was last asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tagged {
    /// How often there was news: tells a tag that was put back from one that was never elsewhere.
    pub(super) changes: u64,
    /// How often it was asked: whose turn it is.
    pub(super) looks: usize,
    /// By the tags that triggers want.
    pub(super) filters: BTreeMap<String, registry::Known>,
}

/// What a job had when its Jenkins was last asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Built {
    /// How often it was made anew, with builds that have the numbers of others.
    pub(super) life: u64,
    pub(super) known: jenkins::Known,
}

/// Which ends of runs were told.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Ended {
    /// All that were until then.
    until: Option<Timestamp>,
    /// And these after it: runs with their lives.
    after: BTreeMap<String, Timestamp>,
}

impl Memory {
    pub(super) fn open(folder: &Path, now: Timestamp) -> Self {
        let path = folder.join("triggers.json");
        let known = store::read(&path).unwrap_or_else(|error| {
            tracing::error!(path = %path.display(), %error, "what triggers knew cannot be read: they begin anew");
            None
        });
        let mut known: Known = known.unwrap_or_default();
        let is_new = known.ended.until.is_none();
        known.ended.until.get_or_insert(now);
        Self { path, known: Mutex::new((known, is_new)), doing: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, (Known, bool)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> MutexGuard<'_, (Known, bool)> {
        let mut known = self.known();
        known.1 = true;
        known
    }

    /// Takes a delivery that is new: it is here from now on, and after a restart once it is done.
    pub(super) fn take(&self, delivery: &Delivery, now: Timestamp) -> Result<(), Refusal> {
        self.change().0.seen.take(delivery, now, &Bounds::default())?;
        let Delivery { id, keys, content: _ } = delivery.clone();
        let content = Content::Ignored(String::new());
        self.doing().push(Delivery { id, keys, content });
        Ok(())
    }

    /// What it was to start is there, or there is nothing.
    pub(super) fn done(&self, delivery: &Delivery) {
        self.doing().retain(|other| other.keys != delivery.keys);
        self.change().1 = true;
    }

    /// What was to be started by it was not.
    pub(super) fn forget(&self, delivery: &Delivery) {
        self.done(delivery);
        self.change().0.seen.forget(delivery);
    }

    fn doing(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(super) fn image(&self, repository: &str) -> Tagged {
        self.known().0.images.get(repository).cloned().unwrap_or_default()
    }

    pub(super) fn know_image(&self, repository: &str, tagged: Tagged) {
        self.change().0.images.insert(repository.to_owned(), tagged);
    }

    /// An image that nobody wants any more, and that somebody wants again, begins anew.
    pub(super) fn forget_images_but(&self, is_wanted: impl Fn(&str) -> bool) {
        let mut known = self.known();
        let before = known.0.images.len();
        known.0.images.retain(|image, _| is_wanted(image));
        known.1 |= known.0.images.len() != before;
    }

    pub(super) fn built(&self, server: &str, job: &str) -> Option<Built> {
        self.known().0.builds.get(server).and_then(|jobs| jobs.get(job)).cloned()
    }

    pub(super) fn know_built(&self, server: &str, job: &str, built: Built) {
        self.change().0.builds.entry(server.to_owned()).or_default().insert(job.to_owned(), built);
    }

    /// The same of jobs.
    pub(super) fn forget_built_but(&self, is_wanted: impl Fn(&str, &str) -> bool) {
        let mut known = self.known();
        let count = |known: &Known| known.builds.values().map(BTreeMap::len).sum::<usize>();
        let before = count(&known.0);
        for (server, jobs) in &mut known.0.builds {
            jobs.retain(|job, _| is_wanted(server, job));
        }
        known.1 |= count(&known.0) != before;
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
        let doing = self.doing();
        let stored = if doing.is_empty() {
            store::write(&self.path, &known.0)
        } else {
            let mut known = known.0.clone();
            doing.iter().for_each(|delivery| known.seen.forget(delivery));
            store::write(&self.path, &known)
        };
        drop(doing);
        match stored {
            Ok(()) => known.1 = false,
            Err(error) => {
                tracing::error!(path = %self.path.display(), %error, "what triggers know cannot be stored");
            }
        }
    }
}
