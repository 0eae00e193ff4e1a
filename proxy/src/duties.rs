//! What a proxy tells the cluster: where its Ingresses are reached, and what is wrong with objects. One proxy of all does it, the one that holds the lease.
//!
//! ```text
//! board     what publishing has found: Ingresses with their status, faults
//! lease     which proxy it is
//! status    addresses for `status.loadBalancer` of every Ingress
//! events    an Event for every fault that is new
//! ```
//! None of it is needed to serve: whatever fails here is tried again at the next look, and no request waits for it.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tokio::time::{MissedTickBehavior, interval};

use self::events::Events;
use self::lease::Lease;
use self::status::Addresses;
use crate::config::KubernetesArgs;

mod board;
mod events;
mod lease;
mod status;

pub(crate) use self::board::Board;

/// How often the lease is looked at or renewed.
const LOOK: Duration = Duration::from_secs(5);
/// How often the leader looks whether there is something to tell.
const TELL: Duration = Duration::from_millis(500);

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

    /// Does them, without end.
    pub(crate) async fn run(self, board: Arc<Board>, identity: String) {
        let client = match Client::try_from(self.client) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(%error, "no client for the API server: nothing is told to the cluster");
                return std::future::pending().await;
            }
        };
        let mut lease = Lease::new(client.clone(), identity.clone());
        let mut addresses = Addresses::new(client.clone(), &self.options);
        let mut events = Events::new(client, identity);
        let (mut look, mut tell) = (interval(LOOK), interval(TELL));
        for every in [&mut look, &mut tell] {
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                _ = look.tick() => {
                    lease.renew().await;
                    if lease.is_held() {
                        addresses.refresh().await;
                    }
                }
                _ = tell.tick(), if lease.is_held() => {
                    addresses.tell(&board).await;
                    events.tell(&board).await;
                }
            }
        }
    }
}

/// What the API server said, without all the rest of its answer.
fn words(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error { status.message.clone() } else { error.to_string() }
}
