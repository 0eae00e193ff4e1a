//! Exact counts of what the sample upstream received and answered.
//!
//! Every request that arrives ends in one of two counts, also when its client goes away: [`Visit`] sees to it by being dropped.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

/// Paths counted by name; any further ones are counted together, so that a scanner cannot fill the memory.
const MAX_PATHS: usize = 1000;

/// The name under which paths beyond [`MAX_PATHS`] are counted.
const OTHER_PATHS: &str = "(other)";

/// What was received and answered since the start, health checks and admin requests apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Requests whose head arrived.
    pub received: u64,
    /// Of these, answered or deliberately reset.
    pub answered: u64,
    /// Of these, whose client was gone before the answer.
    pub aborted: u64,
    /// Of these, neither yet.
    pub in_flight: u64,
    /// Requests of `/health`, in no other count.
    pub health_checks: u64,
    /// By status, over all paths; key 0: closed without an answer on purpose.
    pub statuses: BTreeMap<u16, u64>,
    /// By path without query; beyond 1,000 paths together as `(other)`.
    pub paths: BTreeMap<String, PathStats>,
}

/// The counts of one path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStats {
    /// Requests whose head arrived.
    pub received: u64,
    /// Answers by status; key 0: closed without an answer on purpose.
    pub statuses: BTreeMap<u16, u64>,
}

#[derive(Debug, Default)]
struct Table {
    index: HashMap<Box<str>, usize>,
    paths: Vec<PathStats>,
    aborted: u64,
    health_checks: u64,
}

impl Table {
    fn path(&mut self, path: &str) -> usize {
        if let Some(&index) = self.index.get(path) {
            return index;
        }
        let name = if self.paths.len() < MAX_PATHS { path } else { OTHER_PATHS };
        *self.index.entry(name.into()).or_insert_with(|| {
            self.paths.push(PathStats::default());
            self.paths.len() - 1
        })
    }
}

/// The live counts. One short lock a step: the workload of this program is its clients', not its own.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<Table>);

impl Counters {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request whose head has arrived.
    pub(super) fn arrive(&self, path: &str) -> Visit<'_> {
        let mut table = self.table();
        let index = table.path(path);
        if let Some(path) = table.paths.get_mut(index) {
            path.received += 1;
        }
        Visit { counters: self, index: Some(index) }
    }

    pub(super) fn health_check(&self) {
        self.table().health_checks += 1;
    }

    pub(super) fn snapshot(&self) -> Stats {
        let table = self.table();
        let mut stats =
            Stats { aborted: table.aborted, health_checks: table.health_checks, ..Stats::default() };
        for (name, &index) in &table.index {
            let Some(path) = table.paths.get(index) else { continue };
            stats.received += path.received;
            for (&status, &count) in &path.statuses {
                stats.answered += count;
                *stats.statuses.entry(status).or_default() += count;
            }
            stats.paths.insert(name.to_string(), path.clone());
        }
        stats.in_flight = stats.received.saturating_sub(stats.answered + stats.aborted);
        stats
    }
}

/// A request between arrival and answer; dropped without an answer, its client is gone.
pub(super) struct Visit<'a> {
    counters: &'a Counters,
    index: Option<usize>,
}

impl Visit<'_> {
    /// Counts the answer; 0 for none on purpose.
    pub(super) fn answered(mut self, status: u16) {
        if let Some(index) = self.index.take()
            && let Some(path) = self.counters.table().paths.get_mut(index)
        {
            *path.statuses.entry(status).or_default() += 1;
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if self.index.is_some() {
            self.counters.table().aborted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrival_is_answered_aborted_or_in_flight() {
        let counters = Counters::default();
        counters.arrive("/a").answered(200);
        counters.arrive("/a").answered(500);
        drop(counters.arrive("/b"));
        let waiting = counters.arrive("/b");
        let stats = counters.snapshot();
        assert_eq!((stats.received, stats.answered, stats.aborted, stats.in_flight), (4, 2, 1, 1));
        assert_eq!(stats.paths["/a"].statuses, BTreeMap::from([(200, 1), (500, 1)]));
        assert_eq!(stats.paths["/b"].received, 2);
        drop(waiting);
        assert_eq!(counters.snapshot().in_flight, 0);
    }

    #[test]
    fn paths_beyond_the_limit_are_counted_together_and_none_is_lost() {
        let counters = Counters::default();
        for number in 0..MAX_PATHS + 50 {
            counters.arrive(&format!("/{number}")).answered(200);
        }
        let stats = counters.snapshot();
        assert_eq!(stats.received, 1050);
        assert_eq!(stats.paths.len(), MAX_PATHS + 1);
        assert_eq!(stats.paths[OTHER_PATHS].received, 50);
    }
}
