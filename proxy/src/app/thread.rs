//! One worker's thread: a current-thread runtime and a local set, from the first connection to the last.

use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;
use tokio_rustls::TlsAcceptor;

use super::AppError;
use super::bind::Listeners;
use crate::client::accept::{self, Speaks};
use crate::config::Config;
use crate::process::Shared;
use crate::tasks::Tasks;
use crate::worker::Worker;

/// How often a worker looks for what nobody uses any more.
const TIDY: Duration = Duration::from_secs(1);

/// Where in its life the proxy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Everything is served.
    Serving,
    /// No new connections; the others end.
    Draining,
}

/// A running worker.
pub(super) struct WorkerThread {
    handle: JoinHandle<()>,
}

/// Tells that a thread has ended, however it did.
struct Ended {
    number: usize,
    to: mpsc::UnboundedSender<usize>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        // Nobody listens when the proxy itself has ended.
        let _ = self.to.send(self.number);
    }
}

impl WorkerThread {
    /// Starts a worker.
    pub(super) fn start(
        number: usize,
        listeners: Listeners,
        tls: Option<Arc<ServerConfig>>,
        (config, shared): (Arc<Config>, Arc<Shared>),
        stages: watch::Receiver<Stage>,
        ended: mpsc::UnboundedSender<usize>,
    ) -> Result<Self, AppError> {
        let what = || format!("worker {number}");
        let failed = |source| AppError::Start(what(), source);
        // The threads that it starts besides: for passwords.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(super::step_behind)
            .build()
            .map_err(failed)?;
        let run = move || {
            let ended = Ended { number, to: ended };
            let local = LocalSet::new();
            let worker = Worker::new(number, config, shared, Tasks::default(), super::seed());
            let life = serve(Rc::clone(&worker), listeners, tls, stages);
            if let Err(error) = runtime.block_on(local.run_until(life)) {
                tracing::error!(%error, worker = number, "worker cannot listen");
            }
            worker.begin_cut();
            // Whatever is left ends here, and is recorded as it is dropped.
            drop(local);
            drop(ended);
        };
        let handle =
            std::thread::Builder::new().name(format!("weir-worker-{number}")).spawn(run).map_err(failed)?;
        Ok(Self { handle })
    }

    /// Waits for its end.
    pub(super) fn join(self) {
        if self.handle.join().is_err() {
            tracing::error!("a worker panicked");
        }
    }
}

async fn serve(
    worker: Rc<Worker>,
    listeners: Listeners,
    tls: Option<Arc<ServerConfig>>,
    mut stages: watch::Receiver<Stage>,
) -> std::io::Result<()> {
    let Listeners { http, https } = listeners;
    for (listener, listen) in http {
        let listener = TcpListener::from_std(listener)?;
        worker.tasks.spawn(accept::serve(listener, Speaks { tls: None, listen }, Rc::clone(&worker)));
    }
    for (listener, listen) in https {
        let listener = TcpListener::from_std(listener)?;
        let speaks = Speaks { tls: tls.clone().map(TlsAcceptor::from), listen };
        worker.tasks.spawn(accept::serve(listener, speaks, Rc::clone(&worker)));
    }
    let tidy = async {
        let mut every = tokio::time::interval(TIDY);
        loop {
            every.tick().await;
            worker.tidy();
        }
    };
    let life = async {
        // An error means that the proxy is gone, which ends the worker too.
        let _ = stages.wait_for(|stage| *stage == Stage::Draining).await;
        worker.begin_drain();
        if tokio::time::timeout(worker.config.timeouts.drain_timeout, worker.tasks.ended()).await.is_err() {
            tracing::warn!(worker = worker.number, "the drain timeout is over: connections are cut");
        }
    };
    tokio::select! {
        () = life => {}
        () = tidy => {}
        () = worker.clock.run() => {}
    }
    Ok(())
}
