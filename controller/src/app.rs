//! Wiring: the only file that binds sockets and reads the clock.
//!
//! ```text
//! config     what it is told
//! control    the loop
//! election   which of several controllers it is that looks
//! ```
//!
//! SIGTERM ends the loop after the look at hand and leaves the pods running, unless they are to be stopped.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weir_api::Timestamp;
use weir_directory::{Directory, DirectoryError, StateDirectory, StateError};
use weir_kubernetes::lease::Held;

use crate::admin::{self, Shown};
use crate::args::NotifyArgs;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::ends::{Source, Store, Workloads};
use crate::flags::{self, Listening};
use crate::local::{Local, stop_pods};
use crate::metrics::Metrics;
use crate::notifiers::Teller;
use crate::reconcile::{Controller, Looked, Notice};
use crate::scores::Runner;
use crate::standalone::{Manifests, Standalone};

mod config;
mod control;
mod election;

pub use crate::cluster::{ConnectError, Options};
pub use config::{Config, Mode};

use control::Loop;
use election::Election;

/// How long a pod that ends still serves flags: until every node of the cluster has heard that it ends.
const FAREWELL: Duration = Duration::from_secs(5);
/// Longest that pods may take to end with the controller.
const STOP: Duration = Duration::from_secs(5);

/// Why a controller does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The manifests.
    #[error(transparent)]
    Objects(#[from] DirectoryError),
    /// The state directory.
    #[error(transparent)]
    State(#[from] StateError),
    /// Another controller has the state directory.
    #[error("{}: another controller uses this state directory; end it, or give --state another one", .0.display())]
    Taken(PathBuf),
    /// The lock file.
    #[error("{}: cannot be locked", .0.display())]
    Lock(PathBuf, #[source] std::io::Error),
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] ConnectError),
    /// An address to listen on.
    #[error("address {0}")]
    Address(SocketAddr, #[source] std::io::Error),
    /// The thread of the listener.
    #[error("feature flags cannot be served")]
    Flags(#[source] std::io::Error),
    /// Certificates cannot be looked at.
    #[error("nobody can be told of releases: there is no TLS: {0}")]
    Tls(String),
    /// Metrics with names that clash.
    #[error("metrics")]
    Metrics(#[from] prometheus::Error),
}

/// A controller that runs.
#[derive(Debug)]
pub struct Running {
    /// Where the admin listener is bound.
    pub admin: SocketAddr,
    /// Where feature flags are served, if anywhere.
    pub ofrep: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: JoinHandle<()>,
    /// Answers the API server, where it may ask.
    serving: Option<JoinHandle<()>>,
}

impl Running {
    /// Ends it after the look at hand.
    pub async fn stop(self) {
        self.stop.cancel();
        self.ended().await;
    }

    /// Ends it when `signal` does. A task that ends by itself is an error that its panic explains.
    pub async fn until(mut self, signal: impl Future<Output = ()>) {
        tokio::select! {
            () = signal => self.stop().await,
            _early = &mut self.tasks => tracing::error!("the control loop ended by itself"),
        }
    }

    async fn ended(self) {
        if let Err(error) = self.tasks.await {
            tracing::error!(%error, "the control loop ended badly");
        }
        if let Some(serving) = self.serving {
            let _ended = serving.await;
        }
    }
}

/// Starts a controller.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let Config { mode, state, admin, interval, sources, flags, notify, settings } = config;
    let state = StateDirectory::open(&state)?;
    let lock = lock(&state)?;
    let reports = state.root().join("reports");
    let NotifyArgs { notifiers, secrets } = notify;
    let teller = notifiers.map(|file| Teller::open(file, secrets)).transpose().map_err(StartError::Tls)?;
    let begun = |(bound, flags), elected| Begun {
        lock,
        bound,
        flags,
        interval,
        runner: Runner::new(sources),
        teller: teller.unwrap_or_default(),
        reports,
        elected,
    };
    match mode {
        Mode::Standalone { objects, proxies, surroundings, stop_pods_on_exit } => {
            let source = Manifests::new(Directory::open(objects)?, proxies);
            let bound = (bind(admin).await?, listen(flags, Duration::ZERO)?);
            let local = Local::open(state.clone(), surroundings)?;
            let controller = Controller::new(settings, Standalone::new(state.clone()), local, now());
            let state = stop_pods_on_exit.then_some(state);
            run(begun(bound, None), source, controller, async move {
                let Some(state) = state else { return };
                if let Err(error) = stop_pods(&state, STOP).await {
                    tracing::error!(%error, "not every local pod could be ended");
                }
            })
        }
        Mode::Kubernetes(options) => {
            let bound = (bind(admin).await?, listen(flags, FAREWELL)?);
            let cluster = Cluster::open(&options, state).await?;
            let asked = match options.serve_api {
                Some(address) => Some((bind(address).await?.0, cluster.serving(now))),
                None => None,
            };
            let Cluster { source, statuses, tracks, notices, lease, .. } = cluster;
            let controller = Controller::new(settings, statuses, tracks, now());
            let begun = begun(bound, Some((lease.held(), notices)));
            let election = Election::begin(lease);
            let mut running = run(begun, source, controller, election.end())?;
            if let Some((listener, serving)) = asked {
                running.serving = Some(tokio::spawn(serving.run(listener, running.stop.clone())));
            }
            Ok(running)
        }
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let error = |source| StartError::Address(address, source);
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}

fn listen(settings: Option<flags::Settings>, lasts: Duration) -> Result<Option<Listening>, StartError> {
    let Some(settings) = settings else { return Ok(None) };
    let address = settings.address;
    let listening = Listening::bind(settings, lasts);
    listening.map(Some).map_err(|source| StartError::Address(address, source))
}

/// What every mode has.
struct Begun {
    lock: File,
    bound: (TcpListener, SocketAddr),
    flags: Option<Listening>,
    interval: Duration,
    runner: Runner,
    teller: Teller,
    reports: PathBuf,
    /// In a cluster: whether this controller leads, and where what happens is told.
    elected: Option<(Held, mpsc::Sender<Notice>)>,
}

/// Looks until it is told to end; then comes `last`.
fn run<O, S, W>(
    begun: Begun,
    source: O,
    controller: Controller<S, W>,
    last: impl Future<Output = ()> + Send + 'static,
) -> Result<Running, StartError>
where
    O: Source + 'static,
    S: Store + 'static,
    W: Workloads + 'static,
{
    let Begun { lock, bound: (listener, admin), flags, interval, runner, teller, reports, elected } = begun;
    let (held, notices) = elected.unzip();
    let (commands, asked) = mpsc::channel(16);
    let shown = Arc::new(Shown {
        looked: ArcSwap::from_pointee(Looked::default()),
        board: ArcSwapOption::empty(),
        ready: AtomicBool::new(false),
        metrics: Metrics::new()?,
        commands,
        reports,
        // Every pod of a cluster may get to it.
        only_own_commands: held.is_some(),
        held: held.clone(),
    });
    let stop = CancellationToken::new();
    let ofrep = flags.as_ref().map(|flags| flags.address);
    let flags = flags.map(|flags| flags.start(Arc::clone(&shown), stop.clone()));
    let flags = flags.transpose().map_err(StartError::Flags)?;
    let served = admin::serve(listener, Arc::clone(&shown), stop.clone());
    let clock = Clock::new(now(), Instant::now());
    let stopped = stop.clone();
    let control = Loop {
        source,
        controller,
        runner,
        teller,
        interval,
        asked,
        shown,
        stop: stopped,
        held,
        notices,
        clock,
    };
    let tasks = tokio::spawn(async move {
        let admin = tokio::spawn(served);
        control.run().await;
        let _ended = admin.await;
        last.await;
        // By name, and not by closing the file: a program that is being started at this moment holds a copy of it until it runs.
        if let Err(error) = lock.unlock() {
            tracing::error!(%error, "the state directory could not be unlocked");
        }
        if let Some(flags) = flags {
            let _ended = flags.await;
        }
    });
    Ok(Running { admin, ofrep, stop, tasks, serving: None })
}

/// Two controllers in one state directory would undo each other's work.
fn lock(state: &StateDirectory) -> Result<File, StartError> {
    let path = state.path("controller.lock")?;
    let error = |source| StartError::Lock(path.clone(), source);
    let file = File::create(&path).map_err(error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Taken(state.root().to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(error(source)),
    }
}

/// Now, to the microsecond: what is written down comes back as it was.
fn now() -> Timestamp {
    Timestamp::from_unix_micros(jiff::Timestamp::now().as_microsecond())
}
