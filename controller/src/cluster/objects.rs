//! The world, as a look gets it.

use std::time::Duration;

use kube::Client;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::signal::Signal;
use super::{Options, Shared, watch};
use crate::catalog::Catalog;
use crate::ends::Source;
use crate::scrape::Proxy;

/// Signals that may wait to be looked at; then the watches wait.
const QUEUE: usize = 1024;
/// Changes come in flocks: after the first this long is waited for the others.
const FLOCK: Duration = Duration::from_millis(20);
/// Longest that a list of every Canary may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Objects of a cluster.
pub(crate) struct Objects {
    client: Client,
    options: Options,
    signals: mpsc::Receiver<Signal>,
    world: Shared,
    catalog: Catalog,
    /// The world's edition that the catalog is of.
    edition: u64,
    proxies: Vec<Proxy>,
    /// Something is different that no look has been given.
    is_changed: bool,
    /// End with it.
    _watches: JoinSet<()>,
}

impl Objects {
    /// Begins to read.
    pub(super) fn start(client: &Client, options: &Options, world: Shared) -> Self {
        let (to, signals) = mpsc::channel(QUEUE);
        let watches = watch::start(client, options, &to);
        Self {
            signals,
            world,
            catalog: Catalog::default(),
            edition: 0,
            proxies: Vec::new(),
            client: client.clone(),
            options: options.clone(),
            is_changed: false,
            _watches: watches,
        }
    }

    /// Takes the next signal in. The watches never end, so there is always one to come.
    async fn next(&mut self) {
        let Some(signal) = self.signals.recv().await else { return std::future::pending().await };
        self.is_changed |= self.world.with(|world| world.take(signal));
    }

    fn refresh(&mut self) {
        while let Ok(signal) = self.signals.try_recv() {
            self.world.with(|world| world.take(signal));
        }
        self.proxies = self.world.with(|world| world.proxies(self.options.proxy_admin_port));
        self.is_changed = false;
    }
}

impl Source for Objects {
    async fn read(&mut self) {
        let mut told = Vec::new();
        while !self.world.with(|world| world.is_complete()) {
            let problems: Vec<String> = self.world.with(|world| world.problems().collect());
            problems.iter().filter(|problem| !told.contains(*problem)).for_each(|problem| {
                tracing::warn!("{problem}");
            });
            told = problems;
            self.next().await;
        }
        self.refresh();
    }

    async fn catch_up(&mut self) -> bool {
        let listed = tokio::time::timeout(PATIENCE, watch::canaries_now(&self.client, &self.options)).await;
        match listed {
            Ok(Ok(signals)) => {
                self.world.with(|world| {
                    for signal in signals {
                        world.take(signal);
                    }
                });
                self.refresh();
                return true;
            }
            Ok(Err(error)) => {
                tracing::warn!(error = %weir_kubernetes::causes(&error), "canaries cannot be listed, and nothing is done before");
            }
            Err(_) => {
                tracing::warn!("canaries cannot be listed within {PATIENCE:?}, and nothing is done before");
            }
        }
        false
    }

    async fn changed(&mut self) {
        while !self.is_changed {
            self.next().await;
        }
        tokio::time::sleep(FLOCK).await;
        self.refresh();
    }

    fn catalog(&mut self) -> &Catalog {
        self.world.with(|world| {
            if world.edition() != self.edition {
                (self.catalog, self.edition) = (world.catalog(), world.edition());
            }
        });
        &self.catalog
    }

    fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }
}
