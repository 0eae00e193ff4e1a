//! Objects from the API server: a watch for each kind, and what they say put together into updates.
//!
//! ```text
//! watch          API server -> signals of one kind, without end
//! picture        signals -> updates, and what is to be watched and read       pure
//! kind           the kinds of objects that are watched
//! classes        IngressClass -> which Ingresses are ours
//! known          keys that were given, to find out after a list what is gone
//! interruptions  what is wrong with the watches, for people
//! named          which Secrets and ConfigMaps Ingresses name: only those are read
//! ```
//! No object is kept here: the compiler keeps what it needs of each. Nothing is given before every kind was listed once; while the API server cannot be
//! reached, what was given last stays in force.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use self::picture::Picture;
use self::watch::{Signal, Watches};
use super::{Feed, Update};
use crate::config::KubernetesArgs;
use crate::duties::Duties;
use weir_kubernetes::client;

mod classes;
mod interruptions;
mod kind;
mod known;
mod named;
mod picture;
mod watch;

/// Signals that may wait to be looked at; then the watches wait.
const QUEUE: usize = 1024;
/// A change is given when nothing has come for so long ...
const QUIET: Duration = Duration::from_millis(5);
/// ... or after this time, however many more come.
const LONGEST: Duration = Duration::from_millis(50);

/// Why there is no way to an API server.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    /// Neither a pod's service account nor a kubeconfig.
    #[error(
        "there is no API server to read from: run in a pod with a service account, or name a kubeconfig with KUBECONFIG"
    )]
    Config(#[source] kube::config::InferConfigError),
    /// The configuration names what cannot be used.
    #[error("the API server's address or credentials cannot be used")]
    Client(#[source] kube::Error),
    /// No runtime to read the configuration with.
    #[error("cannot read the configuration of the API server")]
    Runtime(#[source] std::io::Error),
}

/// Objects from the API server.
pub struct KubernetesFeed {
    options: KubernetesArgs,
    client: kube::Config,
    watches: Option<Watches>,
    signals: mpsc::Receiver<Signal>,
    picture: Picture,
}

impl KubernetesFeed {
    /// As [`Self::connect`], where there is no runtime yet.
    pub fn open(options: KubernetesArgs, with_certificates: bool) -> Result<Self, KubernetesError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(KubernetesError::Runtime)?;
        runtime.block_on(Self::connect(options, with_certificates))
    }

    /// Finds the API server: that of the pod that this runs in, or of a kubeconfig. The Secrets of `spec.tls` are only read
    /// `with_certificates`.
    pub async fn connect(options: KubernetesArgs, with_certificates: bool) -> Result<Self, KubernetesError> {
        let config = kube::Config::infer().await.map_err(KubernetesError::Config)?;
        Self::of(config, options, with_certificates)
    }

    /// Of the API server that `client` leads to.
    pub fn of(
        client: kube::Config,
        options: KubernetesArgs,
        with_certificates: bool,
    ) -> Result<Self, KubernetesError> {
        // What is wrong with it is told at once, and not by the first request.
        client::client(client.clone()).map_err(KubernetesError::Client)?;
        let (_, signals) = mpsc::channel(1);
        Ok(Self {
            picture: Picture::new(&options, with_certificates),
            options,
            client,
            watches: None,
            signals,
        })
    }

    /// What one proxy of all tells the same cluster.
    #[must_use]
    pub fn duties(&self) -> Duties {
        Duties::new(self.client.clone(), self.options.clone())
    }

    /// Starts the watches, unless they run.
    fn start(&mut self) {
        if self.watches.is_some() {
            return;
        }
        match client::client(self.client.clone()) {
            Ok(client) => {
                let (to, signals) = mpsc::channel(QUEUE);
                self.signals = signals;
                self.watches = Some(Watches::start(client, self.options.namespace.clone(), to));
            }
            // It was made once; and without one there is nothing to do but to keep what is served.
            Err(error) => tracing::error!(%error, "no client for the API server"),
        }
    }

    /// Notes what a watch says, and asks for what follows from it.
    fn take(&mut self, signal: Signal) {
        let asks = self.picture.take(signal);
        if let Some(watches) = &mut self.watches {
            for ask in &asks {
                watches.serve(ask);
            }
        }
    }

    /// Takes what the watches say, until they are quiet for a moment or something has waited for long enough.
    async fn listen(&mut self) {
        let first = match self.picture.held() {
            None => self.signals.recv().await,
            Some(held) => match timeout_at(held, self.signals.recv()).await {
                Ok(first) => first,
                Err(_) => return,
            },
        };
        let Some(signal) = first else {
            // Every watch has ended, which only a bug can do; never is the honest answer to when the next change will be seen.
            return std::future::pending().await;
        };
        self.take(signal);
        let longest = Instant::now() + LONGEST;
        while let Ok(Some(signal)) =
            timeout_at(longest.min(Instant::now() + QUIET), self.signals.recv()).await
        {
            self.take(signal);
        }
    }
}

impl Feed for KubernetesFeed {
    async fn next(&mut self) -> Update {
        self.start();
        loop {
            self.listen().await;
            if self.picture.is_due(Instant::now()) {
                return Update::Changed(Box::new(self.picture.give()));
            }
        }
    }

    fn again(&mut self) {
        self.watches = None;
        self.picture.again(&self.options);
    }
}
