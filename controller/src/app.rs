//! Wiring: the only file that binds sockets, owns the loop and reads the clock.
//!
//! SIGTERM ends the loop after the look at hand and leaves the pods running, unless they are to be stopped.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use weir_api::Timestamp;
use weir_directory::{Directory, DirectoryError, Snapshot, StateDirectory, StateError};
use weir_rollout::Command;

use crate::admin::{self, Answer, Asked, Shown};
use crate::args::Args;
use crate::catalog::{Catalog, Key};
use crate::fetch::Target;
use crate::local::{Local, Surroundings, stop_pods};
use crate::metrics::Metrics;
use crate::reconcile::{Controller, Inputs, Looked, Settings, pause};
use crate::scrape::{Scraped, scrape};
use crate::standalone::Standalone;

/// Longest that all proxies together may take to report.
const SCRAPE: Duration = Duration::from_millis(800);
/// Longest that pods may take to end with the controller.
const STOP: Duration = Duration::from_secs(5);

/// Everything that a running controller needs to be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directories of manifests.
    pub objects: Vec<PathBuf>,
    /// Directory for everything that is written.
    pub state: PathBuf,
    /// Admin addresses of the proxies.
    pub proxies: Vec<Target>,
    /// Where the admin listener binds.
    pub admin: SocketAddr,
    /// Time between two looks.
    pub interval: Duration,
    /// How the controller works.
    pub settings: Settings,
    /// What local pods get from this process.
    pub surroundings: Surroundings,
    /// Whether local pods end with the controller.
    pub stop_pods_on_exit: bool,
}

impl Config {
    /// The configuration that a command line asks for.
    #[must_use]
    pub fn from_args(args: Args, surroundings: Surroundings) -> Self {
        let Args {
            objects,
            state,
            proxy,
            admin,
            interval,
            replicas,
            announce: _,
            stop_pods_on_exit,
            exit_with_parent: _,
        } = args;
        let settings = Settings { default_replicas: replicas };
        Self { objects, state, proxies: proxy, admin, interval, settings, surroundings, stop_pods_on_exit }
    }
}

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
    #[error("{}: cannot be locked", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The admin address.
    #[error("admin address {address}")]
    Admin {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Metrics with names that clash.
    #[error("metrics")]
    Metrics(#[from] prometheus::Error),
}

/// A controller that runs.
#[derive(Debug)]
pub struct Running {
    /// Where the admin listener is bound.
    pub admin: SocketAddr,
    stop: CancellationToken,
    tasks: JoinHandle<()>,
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
    }
}

/// Starts a controller in standalone mode.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let state = StateDirectory::open(&config.state)?;
    let lock = lock(&state)?;
    let directory = Directory::open(config.objects.clone())?;
    let address = config.admin;
    let admin_error = |source| StartError::Admin { address, source };
    let listener = TcpListener::bind(address).await.map_err(admin_error)?;
    let admin = listener.local_addr().map_err(admin_error)?;
    let local = Local::open(state.clone(), config.surroundings.clone())?;
    let store = Standalone::new(state.clone());
    let controller = Controller::new(config.settings, store, local, now());
    let (commands, asked) = mpsc::channel(16);
    let shown = Arc::new(Shown {
        looked: ArcSwap::from_pointee(Looked::default()),
        ready: AtomicBool::new(false),
        metrics: Metrics::new()?,
        commands,
    });
    let stop = CancellationToken::new();
    let served = admin::serve(listener, Arc::clone(&shown), stop.clone());
    let control = Loop { config, controller, directory, asked, shown, stop: stop.clone() };
    let tasks = tokio::spawn(async move {
        let admin = tokio::spawn(served);
        let stop_pods_on_exit = control.config.stop_pods_on_exit;
        control.run().await;
        let _ended = admin.await;
        if stop_pods_on_exit && let Err(error) = stop_pods(&state, STOP).await {
            tracing::error!(%error, "not every local pod could be ended");
        }
        // By name, and not by closing the file: a program that is being started at this moment holds a copy of it until it runs.
        if let Err(error) = lock.unlock() {
            tracing::error!(%error, "the state directory could not be unlocked");
        }
    });
    Ok(Running { admin, stop, tasks })
}

/// Two controllers in one state directory would undo each other's work.
fn lock(state: &StateDirectory) -> Result<File, StartError> {
    let path = state.path("controller.lock")?;
    let error = |source| StartError::Lock { path: path.clone(), source };
    let file = File::create(&path).map_err(error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Taken(state.root().to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(error(source)),
    }
}

struct Loop {
    config: Config,
    controller: Controller<Standalone, Local>,
    directory: Directory,
    asked: mpsc::Receiver<Asked>,
    shown: Arc<Shown>,
    stop: CancellationToken,
}

impl Loop {
    async fn run(mut self) {
        let mut catalog = catalog(self.directory.read());
        let mut told = Vec::new();
        let mut asked: Vec<Asked> = Vec::new();
        loop {
            let began = Instant::now();
            let looked = self.look(&catalog, std::mem::take(&mut asked)).await;
            tell_problems(&mut told, &looked.problems);
            let next = began + pause(&looked, self.config.interval);
            self.shown.looked.store(Arc::new(looked));
            self.shown.ready.store(true, Ordering::Release);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(next) => {}
                snapshot = self.directory.changed() => catalog = self::catalog(snapshot),
                Some(first) = self.asked.recv() => asked.push(first),
            }
            while let Ok(more) = self.asked.try_recv() {
                asked.push(more);
            }
        }
    }

    async fn look(&mut self, catalog: &Catalog, asked: Vec<Asked>) -> Looked {
        let began = Instant::now();
        let scraped = scrape(&self.config.proxies, SCRAPE).await;
        let commands: BTreeMap<Key, Command> =
            asked.iter().map(|asked| (asked.canary.clone(), asked.command)).collect();
        let inputs = Inputs { catalog, scraped: &scraped, commands: &commands, now: now() };
        let mut looked = self.controller.look(inputs).await;
        let seconds = began.elapsed().as_secs_f64();
        self.shown.metrics.looked(seconds, &scraped, &looked.events);
        looked.problems.extend(silent(&scraped));
        for Asked { canary, command: _, answer } in asked {
            let mine = looked.events.iter().filter(|(key, _)| *key == canary);
            let events = mine.map(|(_, event)| event.to_string()).collect();
            // Whoever asked may have gone.
            let _gone = answer.send(Answer { events, canary: looked.views.get(&canary).cloned() });
        }
        looked
    }
}

fn catalog(snapshot: Snapshot) -> Catalog {
    let Snapshot { objects, problems } = snapshot;
    Catalog::new(objects, &problems)
}

fn silent(scraped: &[Scraped]) -> impl Iterator<Item = String> + '_ {
    let problem = |scraped: &Scraped| {
        let error = scraped.report.as_ref().err()?;
        Some(format!("proxy {}: no report: {error}", scraped.proxy))
    };
    scraped.iter().filter_map(problem)
}

/// Logs what is new and what is mended, each once.
fn tell_problems(told: &mut Vec<String>, problems: &[String]) {
    for problem in problems.iter().filter(|problem| !told.contains(problem)) {
        tracing::warn!("{problem}");
    }
    for mended in told.iter().filter(|old| !problems.contains(old)) {
        tracing::info!("mended: {mended}");
    }
    *told = problems.to_vec();
}

/// Now, to the microsecond: what is written down comes back as it was.
fn now() -> Timestamp {
    Timestamp::from_unix_micros(jiff::Timestamp::now().as_microsecond())
}
