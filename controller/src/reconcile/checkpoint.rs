//! What another controller at the same store goes on from: the evidence, which is in no object.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_api::Timestamp;
use weir_telemetry::window::Windows;

use super::{Controller, Looked, Record};
use crate::ends::{Store, Workloads};
use crate::recent::Recent;

/// How old the stored evidence may be.
const SAVED_EVERY: Duration = Duration::from_secs(1);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checkpoint<'a> {
    windows: &'a Windows,
    recent: &'a BTreeMap<String, Recent>,
    records: BTreeMap<String, &'a Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    windows: Windows,
    recent: BTreeMap<String, Recent>,
    records: BTreeMap<String, Record>,
}

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Forgets what is in memory, and goes on from the last checkpoint in the store. Without one it counts from `now` on.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.store.begin();
        let restored = self.store.read_checkpoint::<Restored>().unwrap_or_else(|error| {
            tracing::warn!(%error, "the checkpoint cannot be read: the evidence so far is lost, the releases go on");
            None
        });
        (self.windows, self.recent, self.restored) = match restored {
            Some(Restored { windows, recent, records }) => (windows, recent, records),
            None => (Windows::watching_since(now.unix_micros()), BTreeMap::new(), BTreeMap::new()),
        };
        self.managed.clear();
        self.refused.clear();
        self.flags = super::flags::Flags::default();
        self.pods = None;
        self.saved_at = None;
    }

    /// Stores the evidence, now and then: with twenty releases it is megabytes, and writing them in each look took most of the look's time. What a controller that is
    /// killed in between has not stored, the next one reads from the proxies again.
    pub(super) fn save(&mut self, looked: &mut Looked, now: Timestamp) {
        let is_fresh = self.saved_at.is_some_and(|saved| now >= saved && now.since(saved) < SAVED_EVERY);
        if is_fresh && looked.events.is_empty() {
            return;
        }
        let records = self.managed.iter().map(|(key, managed)| (key.to_string(), &managed.record)).collect();
        let checkpoint = Checkpoint { windows: &self.windows, recent: &self.recent, records };
        if let Err(error) = self.store.write_checkpoint(&checkpoint) {
            looked.not_stored(format!("{error}; evidence is kept in memory only"));
            self.saved_at = None;
        } else {
            self.saved_at = Some(now);
        }
    }
}
