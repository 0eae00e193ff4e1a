//! What a proxy tells the cluster: where its Ingresses are reached, and what is wrong with objects. One proxy of all does it, the one that holds the lease.
//!
//! ```text
//! board       what publishing has found: Ingresses with their status, faults
//! published   the Service whose addresses are told, and who runs behind it
//! lease       which proxy it is: see weir-kubernetes
//! status      addresses for `status.loadBalancer` of every Ingress
//! events      an Event for every fault that is new
//! ```
//! None of it is needed to serve: whatever fails here is tried again at the next look, and no request waits for it.
//!
//! A proxy that ends gives the lease up first. Where nobody takes it, and no endpoint of the published Service stays, it was the last one, and removes
//! the addresses at which nobody answers any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use weir_kubernetes::client;
use weir_kubernetes::lease::Lease;

use self::events::Events;
use self::status::Addresses;
use crate::config::KubernetesArgs;

mod board;
mod events;
mod published;
mod status;

pub(crate) use self::board::Board;

/// Name of the Lease, in the namespace of the proxies.
const LEASE: &str = "weir-proxy";
/// How often the leader looks whether there is something to tell.
const TELL: Duration = Duration::from_millis(500);
/// Where another proxy runs, it takes a lease that was given up within this time.
const TAKEN: Duration = Duration::from_secs(8);
/// What the end of the last proxy may take in all.
const FAREWELL: Duration = Duration::from_secs(20);

/// A cluster to tell things to.
#[derive(Clone, Debug)]
pub struct Duties {
    client: kube::Config,
    options: KubernetesArgs,
}

impl Duties {
    /// Duties in the cluster of this configuration.
    #[must_use]
    pub fn new(client: kube::Config, options: KubernetesArgs) -> Self {
        Self { client, options }
    }

    /// Where what there is to tell is to be written.
    pub(crate) fn board(&self) -> Arc<Board> {
        Arc::new(Board::new(self.options.published(&self.client.default_namespace)))
    }

    /// Does them until this proxy is `ending`, and then what the end asks for.
    pub(crate) async fn run(self, board: Arc<Board>, identity: String, ending: CancellationToken) {
        let client = match client::client(self.client) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "no client for the API server: nothing is told to the cluster");
                return;
            }
        };
        let mut lease = Lease::new(client.clone(), LEASE, identity.clone());
        let mut addresses = Addresses::new(client.clone(), &self.options);
        let mut events = Events::new(client, identity);
        let held = lease.held();
        let tell = async {
            let mut every = interval(TELL);
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                every.tick().await;
                if held.now() {
                    addresses.tell(&board, &held).await;
                    events.tell(&board, &held).await;
                }
            }
        };
        tokio::select! {
            () = lease.follow() => {}
            () = tell => {}
            () = ending.cancelled() => {}
        }
        let farewell = async {
            if lease.release().await
                && self.options.update_status_on_shutdown
                && !lease.is_taken_within(TAKEN).await
                && !board.has_others()
                // Whoever starts now waits until they are removed, and writes them again.
                && lease.take().await
            {
                addresses.remove(&board).await;
                lease.release().await;
            }
        };
        if timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("the API server is too slow for what this proxy's end asks for");
        }
    }
}
