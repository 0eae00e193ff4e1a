//! All pods of runs, as they are now: one watch, however many steps wait for theirs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::runtime::watcher::{Config, Event};
use tokio::sync::watch::{Receiver, Sender, channel};

use crate::events::events;
use crate::pod::MANAGED_BY;

/// The pods by their names.
#[derive(Debug)]
pub(crate) struct Watched {
    pods: Mutex<HashMap<String, Arc<Pod>>>,
    /// Whether all of them are known, and that something has changed.
    listed: Sender<bool>,
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self { pods: Mutex::default(), listed: channel(false).0 }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Pod>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Tells of every change, and once all are known.
    pub(crate) fn changes(&self) -> Receiver<bool> {
        self.listed.subscribe()
    }

    /// Watches, for ever.
    pub(crate) async fn keep(&self, client: &Client, namespace: &str) {
        let (label, value) = MANAGED_BY;
        let of = Config::default().labels(&format!("{label}={value}"));
        let mut events = events(client, namespace, of);
        let mut listing = HashMap::new();
        while let Some(event) = events.next().await {
            self.hear(event, &mut listing);
        }
    }

    fn hear(&self, event: Event<Pod>, listing: &mut HashMap<String, Arc<Pod>>) {
        let name = |pod: &Pod| pod.metadata.name.clone().unwrap_or_default();
        let is_whole = matches!(event, Event::InitDone);
        let mut pods = self.pods.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Init => listing.clear(),
            Event::InitApply(pod) => _ = listing.insert(name(&pod), Arc::new(pod)),
            Event::InitDone => *pods = std::mem::take(listing),
            Event::Apply(pod) => _ = pods.insert(name(&pod), Arc::new(pod)),
            Event::Delete(pod) => _ = pods.remove(&name(&pod)),
        }
        drop(pods);
        self.listed.send_modify(|listed| *listed = *listed || is_whole);
    }
}
