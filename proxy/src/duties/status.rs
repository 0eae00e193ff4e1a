//! Where Ingresses are reached, in their status: external-dns and people read it there.
//!
//! The addresses are those of `--publish-service`, as the feed sees it, or else the ones of `--publish-status-address`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerIngress as Address};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::time::Instant;

use super::Board;
use super::published::{address, of_service};
use crate::config::KubernetesArgs;
use weir_kubernetes::lease::Held;
use weir_kubernetes::{is_about_one, words};

/// After one was refused, and no other one.
const REFUSED: Duration = Duration::from_mins(1);
/// After the API server could not be asked.
const PAUSE: Duration = Duration::from_secs(10);
/// Ingresses whose status is written at one look.
const MOST: usize = 100;
/// How often a Service is read that the feed does not see.
const READ: Duration = Duration::from_mins(1);
/// Requests at a time when everything is removed.
const AT_A_TIME: usize = 16;

/// The addresses of every Ingress.
pub(super) struct Addresses {
    client: Client,
    source: Source,
    /// What was known last; `None`: nothing yet, so nothing is written.
    known: Option<Vec<Address>>,
    /// Whether it was said that there is no such Service.
    said: bool,
    /// Not before.
    again: Instant,
    /// Ingresses whose status was refused, and until when they are left alone.
    refused: BTreeMap<Arc<str>, Instant>,
}

/// Where they come from.
enum Source {
    /// The command line.
    Fixed,
    /// The Service of this key, which the feed sees.
    Seen(String),
    /// A Service in a namespace that the feed does not see, and when it is to be read.
    Read { namespace: String, name: String, next: Instant },
}

impl Addresses {
    pub(super) fn new(client: Client, options: &KubernetesArgs) -> Self {
        let fixed: Vec<Address> = options.publish_status_address.iter().map(|text| address(text)).collect();
        let key = options.published(client.default_namespace());
        let source = match key {
            None => Source::Fixed,
            Some(key) => match key.split_once('/') {
                Some((namespace, name))
                    if options.namespace.as_ref().is_some_and(|only| only != namespace) =>
                {
                    let (namespace, name) = (namespace.to_owned(), name.to_owned());
                    Source::Read { namespace, name, next: Instant::now() }
                }
                Some(_) | None => Source::Seen(key),
            },
        };
        let known = (!fixed.is_empty()).then_some(fixed);
        Self { client, source, known, said: false, again: Instant::now(), refused: BTreeMap::new() }
    }

    /// Writes them where the status says something else.
    pub(super) async fn tell(&mut self, board: &Board, held: &Held) {
        self.look(board).await;
        let now = Instant::now();
        let Some(addresses) = self.known.as_ref().filter(|_| now >= self.again) else { return };
        self.refused.retain(|_, until| now < *until);
        for key in board.with_other_addresses(addresses, MOST + self.refused.len()) {
            if !held.now() {
                return;
            }
            if self.refused.contains_key(&key) {
                continue;
            }
            let Err(error) = self.write(board, &key, addresses).await else { continue };
            tracing::warn!(ingress = %key, error = %words(&error), "its status cannot be written");
            if !is_about_one(&error) {
                self.again = Instant::now() + PAUSE;
                return;
            }
            self.refused.insert(key, Instant::now() + REFUSED);
        }
    }

    /// Removes them everywhere, where the status has no others.
    pub(super) async fn remove(&self, board: &Board) {
        let Some(addresses) = &self.known else { return };
        let keys = board.with_addresses(addresses);
        tracing::info!(
            ingresses = keys.len(),
            "no other proxy runs: addresses are removed from their status"
        );
        let remove = async |key: Arc<str>| {
            if let Err(error) = self.write(board, &key, &[]).await {
                tracing::warn!(ingress = %key, error = %words(&error), "its status keeps addresses at which nobody answers");
            }
        };
        stream::iter(keys).map(remove).buffer_unordered(AT_A_TIME).collect::<()>().await;
    }

    async fn write(&self, board: &Board, key: &Arc<str>, addresses: &[Address]) -> kube::Result<()> {
        let Some((namespace, name)) = key.split_once('/') else { return Ok(()) };
        let api: Api<Ingress> = Api::namespaced(self.client.clone(), namespace);
        let patch = json!({ "status": { "loadBalancer": { "ingress": addresses } } });
        // What it says then comes back by the watch.
        match api.patch_status(name, &PatchParams::default(), &Patch::Merge(patch)).await {
            Ok(ingress) => board.ingress(key, Some(&ingress)),
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Finds out what they are.
    async fn look(&mut self, board: &Board) {
        let (now, key) = match &mut self.source {
            Source::Seen(key) if board.is_filled() => (board.published(), key.clone()),
            Source::Fixed | Source::Seen(_) => return,
            Source::Read { next, .. } if Instant::now() < *next => return,
            Source::Read { namespace, name, next } => {
                *next = Instant::now() + READ;
                let key = format!("{namespace}/{name}");
                match Api::<Service>::namespaced(self.client.clone(), namespace).get_opt(name).await {
                    Ok(service) => (service.as_ref().map(of_service), key),
                    Err(error) => {
                        tracing::warn!(error = %words(&error), "--publish-service {key} cannot be read");
                        return;
                    }
                }
            }
        };
        let is_missing = now.is_none();
        if is_missing && !self.said {
            tracing::warn!(
                "--publish-service {key}: there is no such Service; the status of Ingresses stays as it is"
            );
        }
        self.said = is_missing;
        self.known = now.or(self.known.take());
    }
}
