//! Every task of one worker. Nothing is spawned past it, so its end is known: the worker is done when the tasks
//! of its clients are.

use std::future::Future;

use tokio_util::task::TaskTracker;

/// Tasks of one worker, on its own thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(TaskTracker);

impl Tasks {
    /// Runs `task` on this thread until it ends or the worker does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.spawn_local(task);
    }

    /// Runs `task` like [`Tasks::spawn`], but nobody waits for it: a connection to an endpoint lives as long as somebody may want it.
    pub(crate) fn spawn_unattended(&self, task: impl Future<Output = ()> + 'static) {
        // Its end is the local set's, which the worker's thread owns.
        drop(tokio::task::spawn_local(task));
    }

    /// Resolves when no task is left that somebody waits for.
    pub(crate) async fn ended(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
