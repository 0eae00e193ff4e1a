//! Everything that a running controller needs to be told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::args::{Args, NotifyArgs};
use crate::cluster;
use crate::flags;
use crate::local::Surroundings;
use crate::reconcile::Settings;
use crate::scrape::Proxy;

/// Everything that a running controller needs to be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where objects come from, and how pods run.
    pub mode: Mode,
    /// Directory for everything that is written.
    pub state: PathBuf,
    /// Where the admin listener binds.
    pub admin: SocketAddr,
    /// Time between two looks.
    pub interval: Duration,
    /// File that names metric stores.
    pub sources: Option<PathBuf>,
    /// Where feature flags are served, if anywhere.
    pub flags: Option<flags::Settings>,
    /// Who is told of releases elsewhere.
    pub notify: NotifyArgs,
    /// How the controller works.
    pub settings: Settings,
}

/// Where objects come from, and how pods run.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Manifests in directories, and pods as processes of this machine.
    Standalone {
        /// Directories of manifests.
        objects: Vec<PathBuf>,
        /// The proxies.
        proxies: Vec<Proxy>,
        /// What local pods get from this process.
        surroundings: Surroundings,
        /// Whether local pods end with the controller.
        stop_pods_on_exit: bool,
    },
    /// The API server.
    Kubernetes(cluster::Options),
}

impl Config {
    /// The configuration that a command line asks for.
    #[must_use]
    pub fn from_args(args: Args, surroundings: Surroundings) -> Self {
        let Args {
            objects,
            kubernetes,
            state,
            proxy,
            admin,
            interval,
            sources,
            ofrep,
            notify,
            replicas,
            announce: _,
            stop_pods_on_exit,
            exit_with_parent: _,
            log: _,
        } = args;
        let mode = if kubernetes.kubernetes {
            Mode::Kubernetes(kubernetes.options())
        } else {
            let proxies = proxy.into_iter().map(Proxy::from).collect();
            Mode::Standalone { objects, proxies, surroundings, stop_pods_on_exit }
        };
        let (flags, settings) = (ofrep.settings(), Settings { default_replicas: replicas });
        Self { mode, state, admin, interval, sources, flags, notify, settings }
    }
}
