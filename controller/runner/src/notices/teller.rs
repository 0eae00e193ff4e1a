//! Who tells: for each target one message at a time, those of a run in their order, until each is told, refused, or too late.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use weir_outbound::Failed;

use super::notice::{Ended, Notice};
use super::send;
use crate::runner::Shared;

/// How often the pause between two tries is doubled, at most: from 10 s to five minutes or so.
const DOUBLED: u32 = 5;
/// Longest pause that a target may ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// Messages that wait for one target; the oldest are given up where there are more.
const MOST: usize = 1_000;

/// What has still to be told.
#[derive(Debug)]
pub(crate) struct Teller {
    lanes: Mutex<HashMap<String, Lane>>,
    changed: watch::Sender<()>,
}

impl Default for Teller {
    fn default() -> Self {
        Self { lanes: Mutex::default(), changed: watch::channel(()).0 }
    }
}

/// What one target has still to be told.
#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Notice>,
    /// Ids of those, and of the one that is being told.
    ids: HashSet<String>,
    /// Whether somebody is at it.
    is_busy: bool,
    /// Whether it is known that it cannot be told anything for now.
    fails: bool,
}

impl Teller {
    /// Has it told in the background; what waits already waits once.
    pub(super) fn tell(shared: &Arc<Shared>, notice: Notice) {
        let key = notice.target.key();
        let mut excess = None;
        {
            let mut lanes = shared.teller.lock();
            let lane = lanes.entry(key.clone()).or_default();
            if !lane.ids.insert(notice.event.id.clone()) {
                return;
            }
            lane.waiting.push_back(notice);
            if lane.waiting.len() > MOST {
                excess = lane.waiting.pop_front();
                lane.ids.retain(|id| excess.as_ref().is_none_or(|one| one.event.id != *id));
            }
            if !std::mem::replace(&mut lane.is_busy, true) {
                let (all, stop) = (Arc::clone(shared), shared.stop.clone());
                shared.tasks.spawn(async move {
                    // What is not told by then is so by the next program.
                    let _ends = stop.run_until_cancelled(until_told(&all, &key)).await;
                });
            }
        }
        if let Some(excess) = excess {
            give_up(shared, excess, &format!("more than {MOST} others wait"));
        }
    }

    /// Returns once all is told that can be for now.
    pub(crate) async fn settled(&self) {
        let mut changed = self.changed.subscribe();
        while self.lock().values().any(|lane| lane.is_busy && !lane.fails) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// The next one of a target; `None`: there is none, and nobody is at it any more.
    fn next(&self, key: &str) -> Option<Notice> {
        let mut lanes = self.lock();
        let lane = lanes.get_mut(key)?;
        let next = lane.waiting.pop_front();
        if next.is_none() {
            lane.is_busy = false;
            // What is remembered is only that it fails.
            if !lane.fails {
                lanes.remove(key);
            }
        }
        next
    }

    /// It was told, or is not told any more.
    fn done(&self, key: &str, id: &str) {
        if let Some(lane) = self.lock().get_mut(key) {
            lane.ids.remove(id);
        }
    }

    /// Puts it back with those of its run, in their order, behind those of all others.
    fn put_back(&self, key: &str, notice: Notice) {
        if let Some(lane) = self.lock().get_mut(key) {
            let all = std::mem::take(&mut lane.waiting);
            let (own, others): (Vec<Notice>, Vec<Notice>) =
                all.into_iter().partition(|other| other.run == notice.run);
            lane.waiting = others.into_iter().chain([notice]).chain(own).collect();
        }
    }

    /// Whether it was otherwise before.
    fn now_fails(&self, key: &str, fails: bool) -> bool {
        let mut lanes = self.lock();
        let before = lanes.get_mut(key).map(|lane| std::mem::replace(&mut lane.fails, fails));
        before.is_some_and(|before| before != fails)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells one target all that waits for it.
async fn until_told(shared: &Arc<Shared>, key: &str) {
    let teller = &shared.teller;
    let mut failed = 0;
    while let Some(notice) = teller.next(key) {
        // Another try is worth something as long as somebody still wants to hear of it, and one always is.
        let is_late = shared.now().duration_since(notice.event.at) > signed(shared.options.patience.notices);
        match send::send(shared, &notice).await {
            Ok(()) => {
                failed = 0;
                if teller.now_fails(key, false) {
                    tracing::info!(whom = %notice.target.shown(), "notifications arrive again");
                }
                teller.done(key, &notice.event.id);
                keep(shared, notice, None);
            }
            Err(Failed::Refused(why)) => {
                failed = 0;
                teller.done(key, &notice.event.id);
                give_up(shared, notice, &why);
            }
            Err(Failed::Passes { why, after }) => {
                if teller.now_fails(key, true) {
                    tracing::warn!(whom = %notice.target.shown(), %why, "somebody cannot be told for now: it is tried again");
                }
                if is_late {
                    teller.done(key, &notice.event.id);
                    give_up(shared, notice, &why);
                } else {
                    teller.put_back(key, notice);
                }
                let pause = shared.options.patience.again * 2_u32.pow(DOUBLED.min(failed));
                let pause = pause.max(after.unwrap_or_default().min(LONGEST_PAUSE));
                failed += 1;
                teller.changed.send_replace(());
                tokio::time::sleep(pause.max(Duration::from_millis(1))).await;
            }
        }
    }
    teller.changed.send_replace(());
}

fn signed(length: Duration) -> jiff::SignedDuration {
    length.try_into().unwrap_or(jiff::SignedDuration::MAX)
}

fn give_up(shared: &Shared, notice: Notice, why: &str) {
    tracing::warn!(id = %notice.event.id, whom = %notice.target.shown(), %why, "a notification is given up");
    keep(shared, notice, Some(why.to_owned()));
}

fn keep(shared: &Shared, mut notice: Notice, given_up: Option<String>) {
    let at: Timestamp = shared.now();
    notice.ended = Some(Ended { at, given_up });
    // A run that is removed takes with it what there was to tell.
    let is_there = shared.store.run(&notice.run).is_dir();
    if let Err(error) = notice.save(&shared.store)
        && is_there
    {
        tracing::warn!(id = %notice.event.id, %error, "that it was told cannot be kept: it is told again after a restart");
    }
}
