//! Every task of one worker. Nothing is spawned past it, so its end is known: the worker is done when its tasks are.

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

    /// Resolves when no task is left.
    pub(crate) async fn ended(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
