//! A Kubernetes cluster: objects from its API server, state in the status of Canaries, pods by Deployments.
//!
//! ```text
//! watch      API server -> signals of one kind, without end
//!   signal     what they say                                      pure
//! world      what was read last                                   pure
//!   sets       templates of a Deployment, present and past        pure
//!   written    a Deployment as its user wrote it                  pure
//!   pods       pods in the words of the decision                  pure
//!   proxies    endpoints of the proxies' Service                  pure
//! objects    the world, as a look gets it
//! statuses   a status, by server-side apply
//! telling    what happens, as Events
//! workloads  what is wanted, by actions
//!   plan       what is wanted -> actions                          pure
//!   tracks     Deployment and Service of canary and baseline      pure
//!   labels     which labels tell their pods from stable's         pure
//!   paused     a Deployment that is released by its template      pure
//! ```
//! Invariants: nothing is written but while this controller holds the lease; nothing is looked at before every kind was listed once; what this controller did not make it neither changes nor removes, but for the image
//! of the Deployment that is released.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Client;
use tokio::sync::mpsc;
use weir_api::Timestamp;
use weir_directory::StateDirectory;
use weir_kubernetes::client;
use weir_kubernetes::lease::Lease;

use crate::autoscale::Sampler;
use crate::catalog::Key;
use crate::reconcile::Notice;
use crate::serving::Serving;
use crate::standalone::Standalone;

mod backends;
mod labels;
mod objects;
mod paused;
mod plan;
mod pods;
mod proxies;
mod sets;
mod signal;
mod statuses;
mod telling;
mod tracks;
mod watch;
mod workloads;
mod world;
mod written;

pub(crate) use objects::Objects;
pub(crate) use statuses::Statuses;
pub(crate) use workloads::ClusterWorkloads;

use world::World;

/// Name of the Lease, in the controllers' own namespace.
const LEASE: &str = "weir-controller";
/// Longest that one request of a look to the API server may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which objects are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What this controller, and no other one, is called.
    pub identity: String,
    /// Only Canaries of this namespace; `None`: of all.
    pub namespace: Option<String>,
    /// Service of the proxies.
    pub proxy_service: Key,
    /// Admin port of the proxies.
    pub proxy_admin_port: u16,
    /// Where the API server asks, by HTTPS, for metrics.
    pub serve_api: Option<SocketAddr>,
}

/// Why there is no way to an API server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Neither a pod's service account nor a kubeconfig.
    #[error(
        "there is no API server to read from: run in a pod with a service account, or name a kubeconfig with KUBECONFIG"
    )]
    Config(#[source] kube::config::InferConfigError),
    /// The configuration names what cannot be used.
    #[error("the API server's address or credentials cannot be used")]
    Client(#[source] kube::Error),
}

/// What a controller needs of a cluster.
pub(crate) struct Cluster {
    /// Where objects come from.
    pub(crate) source: Objects,
    /// Where state goes.
    pub(crate) statuses: Statuses,
    /// How pods run.
    pub(crate) tracks: ClusterWorkloads,
    client: Client,
    world: Shared,
    port: u16,
    /// Where what happens is told: as Events at the Canaries.
    pub(crate) notices: mpsc::Sender<Notice>,
    /// Which of several controllers writes: somebody has to follow it.
    pub(crate) lease: Lease,
}

impl Cluster {
    /// Finds the API server and begins to read. Evidence and reports go to `state`.
    pub(crate) async fn open(options: &Options, state: StateDirectory) -> Result<Self, ConnectError> {
        let config = kube::Config::infer().await.map_err(ConnectError::Config)?;
        let client = client::client(config).map_err(ConnectError::Client)?;
        let world = Shared::default();
        let lease = Lease::new(client.clone(), LEASE, options.identity.clone());
        Ok(Self {
            source: Objects::start(&client, options, world.clone()),
            statuses: Statuses::new(client.clone(), Standalone::new(state), lease.held()),
            notices: telling::start(client.clone(), options.identity.clone(), lease.held()),
            tracks: ClusterWorkloads::new(client.clone(), world.clone(), lease.held()),
            lease,
            client,
            world,
            port: options.proxy_admin_port,
        })
    }

    /// What the API server can ask.
    pub(crate) fn serving(&self, now: fn() -> Timestamp) -> Serving {
        let (world, port) = (self.world.clone(), self.port);
        let sampler = Sampler::new(move || world.with(|world| world.proxies(port)), now);
        Serving { client: self.client.clone(), sampler: Arc::new(sampler), now }
    }
}

/// The world, as the source writes it and the workloads read it.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    /// Looks at it; nothing in between waits.
    fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
