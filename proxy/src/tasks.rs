//! Every task of one worker. Nothing is spawned past it, so its end is known: the worker is done when the tasks of its clients are.

use std::future::Future;

use tokio_util::task::TaskTracker;

/// Tasks of one worker, on its own thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    clients: TaskTracker,
    upstreams: TaskTracker,
}

impl Tasks {
    /// Runs a task of a client on this thread. A drain waits for it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.clients.spawn_local(task);
    }

    /// Runs a task of a connection to an endpoint on this thread. It lives as long as somebody may want it, so a drain does not wait for it.
    pub(crate) fn spawn_upstream(&self, task: impl Future<Output = ()> + 'static) {
        self.upstreams.spawn_local(task);
    }

    /// Resolves when no client's task is left.
    pub(crate) async fn ended(&self) {
        self.clients.close();
        self.clients.wait().await;
    }
}
