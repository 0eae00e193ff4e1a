//! All workers, from their start to the end of the last one.

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::{mpsc, watch};

use super::AppError;
use super::bind::Listeners;
use super::thread::{Stage, WorkerThread};
use crate::config::Config;
use crate::process::Shared;

/// Workers that run. Dropped, it has them drain, and waits for none.
pub(super) struct Workers {
    threads: Vec<WorkerThread>,
    stage: watch::Sender<Stage>,
    ends: mpsc::UnboundedReceiver<usize>,
}

impl Workers {
    /// Starts one for each of these.
    pub(super) fn start(
        listeners: Vec<Listeners>,
        tls: Option<&Arc<ServerConfig>>,
        config: &Arc<Config>,
        shared: &Arc<Shared>,
    ) -> Result<Self, AppError> {
        let (stage, stages) = watch::channel(Stage::Serving);
        let (ended, ends) = mpsc::unbounded_channel();
        let start = |(number, listeners)| {
            let with = (Arc::clone(config), Arc::clone(shared));
            WorkerThread::start(number, listeners, tls.cloned(), with, stages.clone(), ended.clone())
        };
        let threads = listeners.into_iter().enumerate().map(start).collect::<Result<_, _>>()?;
        Ok(Self { threads, stage, ends })
    }

    /// Waits until one of them has ended, and says which; `None`: none is left.
    pub(super) async fn ended(&mut self) -> Option<usize> {
        self.ends.recv().await
    }

    /// Has them accept nothing more, and waits until all have ended.
    pub(super) async fn drain(&mut self) {
        // Workers that have ended already do not listen any more.
        let _ = self.stage.send(Stage::Draining);
        while self.ended().await.is_some() {}
    }

    /// Waits for their threads.
    pub(super) fn join(self) {
        self.threads.into_iter().for_each(WorkerThread::join);
    }
}
