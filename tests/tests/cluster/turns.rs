//! Which case has which cluster: each has one to itself while it lasts.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

use weir_cluster::Cluster;

use crate::installed::Installed;

/// Cases wait most of the time, for pods and for requests by the clock: with two clusters two cores were idle for two fifths of it.
const CLUSTERS: usize = 3;

/// The clusters that nobody has; all of them once the first case has asked.
static FREE: Mutex<Option<Vec<usize>>> = Mutex::new(None);
/// Told when one is given back.
static FREED: Condvar = Condvar::new();

/// One of the clusters, until this is dropped.
pub(crate) struct Turn {
    number: usize,
}

impl Turn {
    /// Waits for a cluster. `None` where none can be had, which was said.
    pub(crate) fn take() -> Option<Self> {
        // Another's cluster is the only one.
        let clusters = if Cluster::shared()?.own().is_some() { CLUSTERS } else { 1 };
        // A case that failed has said so; the others go on.
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(number) = free.get_or_insert_with(|| (0..clusters).rev().collect()).pop() {
                return Some(Self { number });
            }
            free = FREED.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The cluster with Weir in it, which is started and installed the first time. `None` where the cluster does not offer what that needs, which
    /// was said.
    pub(crate) fn installed(&self) -> Option<&'static Installed> {
        static INSTALLED: [OnceLock<Option<Installed>>; CLUSTERS] = [const { OnceLock::new() }; CLUSTERS];
        let install = || {
            let cluster = match self.number {
                0 => Cluster::shared()?,
                _ => Box::leak(Box::new(Cluster::fresh().unwrap())),
            };
            Some(Installed::on(cluster, cluster.node_or_skip("images of our own")?))
        };
        INSTALLED[self.number].get_or_init(install).as_ref()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        free.get_or_insert_default().push(self.number);
        FREED.notify_one();
    }
}
