//! The sample upstream: answers every request after a drawn latency, and counts exactly what it received.
//!
//! ```text
//! accept (HTTP/1.1 or HTTP/2 by its preface) -> stats.arrive -> draw -> wait -> answer -> stats.answered
//!                                                                ^
//!                         settings, live: Handle::change or PUT /__weir/settings on the admin address
//! ```
//!
//! Settings and statistics have a listener of their own, so that nothing under test can reach them by accident and they are not
//! counted as traffic. [`Server::start`] is the only place that binds or spawns.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::watch, task::JoinHandle, time::Instant};

mod accept;
mod admin;
mod respond;
mod settings;
mod stats;

pub use settings::{Change, ChangeError, Settings};
pub use stats::{PathStats, Stats};

use settings::Live;
use stats::Counters;

/// How a sample upstream is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where requests are served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where settings and statistics are served; `None`: nowhere.
    pub admin: Option<SocketAddr>,
    /// What it does at first.
    pub settings: Settings,
    /// Seed of every draw.
    pub seed: u64,
    /// How long nothing listens yet, as with a program that takes time to start.
    pub start_after: Duration,
    /// How long a shutdown waits for requests in flight.
    pub drain_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin: None,
            settings: Settings::default(),
            seed: 1,
            start_after: Duration::ZERO,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// Why a sample upstream did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] io::Error),
    /// A setting that no server can have.
    #[error(transparent)]
    Settings(#[from] ChangeError),
}

/// What all connections share.
#[derive(Debug)]
struct State {
    live: Live,
    counters: Counters,
}

/// Where a running server listens.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bound {
    /// Address of the traffic.
    pub listen: SocketAddr,
    /// Address of settings and statistics.
    pub admin: Option<SocketAddr>,
}

/// A running sample upstream. Dropping it stops listening without waiting for requests in flight.
#[derive(Debug)]
pub struct Server {
    bound: Bound,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    drain_timeout: Duration,
}

impl Server {
    /// Waits for `start_after`, binds, and serves on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Self, ServeError> {
        let Options { listen, admin, settings, seed, start_after, drain_timeout } = options;
        if !start_after.is_zero() {
            tokio::time::sleep(start_after).await;
        }
        let traffic = accept::bind(listen)?;
        let control = admin.map(accept::bind).transpose()?;
        let bound =
            Bound { listen: traffic.address(), admin: control.as_ref().map(accept::Listener::address) };
        let state = Arc::new(State {
            live: Live::new(settings, seed, Instant::now())?,
            counters: Counters::default(),
        });
        let (stop, stopped) = watch::channel(false);
        let mut listeners = Vec::with_capacity(2);
        if let Some(control) = control {
            let state = Arc::clone(&state);
            let serve = move |request| admin::respond(Arc::clone(&state), request);
            listeners.push(tokio::spawn(control.serve(serve, stopped.clone())));
        }
        let shared = Arc::clone(&state);
        let serve = move |request| respond::respond(Arc::clone(&shared), request);
        listeners.push(tokio::spawn(traffic.serve(serve, stopped)));
        Ok(Self { bound, state, stop, listeners, drain_timeout })
    }

    /// Where it listens, with the ports it really got.
    #[must_use]
    pub fn bound(&self) -> Bound {
        self.bound
    }

    /// Where requests are served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.bound.listen
    }

    /// `http://ADDRESS`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.bound.listen)
    }

    /// What it does now.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.state.live.settings()
    }

    /// Changes what it does from the next request on.
    pub fn change(&self, change: Change) -> Result<Settings, ChangeError> {
        self.state.live.change(change, Instant::now())
    }

    /// What it has received and answered so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state.counters.snapshot()
    }

    /// Stops listening, lets requests in flight finish, closes idle connections; returns the final counts.
    pub async fn shutdown(mut self) -> Stats {
        self.stop.send_replace(true);
        let listeners = std::mem::take(&mut self.listeners);
        let deadline = Instant::now() + self.drain_timeout;
        for mut listener in listeners {
            if tokio::time::timeout_at(deadline, &mut listener).await.is_err() {
                tracing::warn!(
                    in_flight = self.stats().in_flight,
                    "requests still in flight at the drain timeout"
                );
                listener.abort();
            }
        }
        self.stats()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
    }
}
