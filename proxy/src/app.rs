//! Wiring: binds sockets, starts threads, ends them in order. Nothing else in the crate does.
//!
//! ```text
//! bind     every socket
//! workers  worker threads: listeners, connections, pools       thread: one of them
//! admin    the admin port's thread
//! beside   this thread: feed -> compile -> publish · certificates · duties
//! ```
//! Shutdown: `/readyz` turns 503, and the duties are given to another proxy; after the drain delay the workers stop accepting and end their connections;
//! what is in flight after the drain timeout is cut.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use serde::Serialize;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::admin::AdminThread;
use self::beside::{Assigned, Beside};
use self::bind::Sockets;
use self::certificates::Certificates;
use self::workers::Workers;
use crate::admin::Admin;
use crate::config::Config;
use crate::duties::Duties;
use crate::feed::Feed;
use crate::process::Shared;
use crate::tls::TlsError;

mod admin;
mod beside;
mod bind;
mod certificates;
mod thread;
mod workers;

/// How far everything but the admin port steps behind the workers: compiling a change is worth a tenth of what a request is.
const NICE: i32 = 10;

/// Why the proxy cannot start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// An address cannot be listened on.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The certificate files cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A thread or runtime cannot be started.
    #[error("cannot start {0}")]
    Start(String, #[source] std::io::Error),
    /// The file for the bound addresses cannot be written.
    #[error("cannot write {}", .0.display())]
    Announce(std::path::PathBuf, #[source] std::io::Error),
    /// A worker ended by itself, which is a bug.
    #[error("worker {0} ended by itself")]
    WorkerEnded(usize),
}

/// Where the proxy listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bound {
    /// Clear text listeners.
    pub http: Vec<SocketAddr>,
    /// TLS listeners.
    pub https: Vec<SocketAddr>,
    /// Admin port.
    pub admin: SocketAddr,
}

/// A proxy that is bound and not yet running.
pub struct App<F> {
    config: Arc<Config>,
    feed: F,
    sockets: Sockets,
    certificates: Option<Certificates>,
    duties: Option<Duties>,
    bound: Bound,
}

impl<F: Feed> App<F> {
    /// Binds every socket, so that addresses are known and wrong ones are told before anything runs.
    pub fn build(config: Config, feed: F) -> Result<Self, AppError> {
        let certificates = config.tls.clone().map(|tls| Certificates::load(tls.default)).transpose()?;
        let sockets = Sockets::bind(&config)?;
        let bound = sockets.bound.clone();
        Ok(Self { config: Arc::new(config), feed, sockets, certificates, duties: None, bound })
    }

    /// Tells a cluster about its Ingresses, as far as it is this proxy's turn.
    #[must_use]
    pub fn with_duties(self, duties: Duties) -> Self {
        Self { duties: Some(duties), ..self }
    }

    /// Where it listens.
    #[must_use]
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Runs on this thread and others until what `listen` returns resolves, and everything has ended.
    ///
    /// `listen` is called on the runtime of this thread before the addresses are announced: whoever reads them may ask for the end at once.
    pub fn run<S: Future<Output = ()>>(self, listen: impl FnOnce() -> S) -> Result<(), AppError> {
        let start = |source| AppError::Start("the runtime beside the workers".to_owned(), source);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(step_behind)
            .build()
            .map_err(start)?;
        runtime.block_on(async { self.serve(listen()).await })
    }

    async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
        let Self { config, feed, sockets, certificates, duties, bound } = self;
        let shared = Arc::new(Shared::new(config.workers.get()));
        let tls = certificates.as_ref().map(|certificates| certificates.serve(&shared)).transpose()?;
        let mut workers = Workers::start(sockets.workers, tls.as_ref(), &config, &shared)?;
        let identity = format!("weir-proxy-{:016x}", seed());
        let _admin = AdminThread::start(Admin::new(Arc::clone(&shared), identity.clone()), sockets.admin)?;
        step_behind();
        if let Some(file) = &config.announce {
            weir_process::announce(file, &bound)
                .map_err(|source| AppError::Announce(file.clone(), source))?;
        }
        let (ending, (done, duties_done)) = (CancellationToken::new(), oneshot::channel());
        let duties = duties.map(|duties| Assigned { duties, ending: ending.clone(), _done: done });
        let beside =
            Beside { feed, certificates, duties, shared: Arc::clone(&shared) }.run(&config, identity);
        let Bound { http, https, admin } = &bound;
        tracing::info!(?http, ?https, %admin, workers = config.workers.get(), "listening");
        let life = async {
            let early = tokio::select! {
                () = shutdown => None,
                number = workers.ended() => number,
            };
            shared.draining.store(true, Relaxed);
            ending.cancel();
            if early.is_none() {
                tracing::info!(timeout = ?config.timeouts.drain_timeout, "draining");
                tokio::time::sleep(config.timeouts.drain_delay).await;
            }
            workers.drain().await;
            // It is never sent: dropped with the duties, or at once where there are none.
            let _ = duties_done.await;
            early.map_or(Ok(()), |number| Err(AppError::WorkerEnded(number)))
        };
        let result = tokio::select! {
            result = life => result,
            () = beside => Ok(()),
        };
        workers.join();
        tracing::info!("ended");
        result
    }
}

/// Makes the thread that calls it yield to the workers where there are not enough CPUs for all. Threads inherit it, so workers start before.
fn step_behind() {
    // Linux counts niceness by thread. Refused or not, everything is right, and a request may only wait for longer.
    let _ = rustix::process::nice(NICE);
}

/// A number that differs from process to process and call to call.
fn seed() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
