//! Objects from the API server: a watch for each kind, and what they say put together into updates.
//!
//! ```text
//! watch    API server -> signals of one kind, without end
//! classes  IngressClass -> which Ingresses are ours
//! known    keys that were given, to find out after a list what is gone
//! pauses   how long a watch waits before it is tried again
//! secrets  which Secrets Ingresses name: only those are read
//! ```
//! No object is kept here: the compiler keeps what it needs of each. Nothing is given before every kind was listed once; while the API server cannot be
//! reached, what was given last stays in force.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::networking::v1::Ingress;
use kube::Client;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use self::classes::Classes;
use self::known::Known;
use self::secrets::Secrets;
use self::watch::{Kind, Object, Signal, Watches};
use super::{Changed, Feed, Update};
use crate::config::KubernetesArgs;
use crate::duties::Duties;
use crate::problems::{Problem, Severity};
use crate::tls;

mod classes;
mod known;
mod pauses;
mod secrets;
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
    /// Whether anything is done with Secrets.
    with_secrets: bool,
    client: kube::Config,
    watches: Option<Watches>,
    signals: mpsc::Receiver<Signal>,
    classes: Classes,
    known: Known,
    secrets: Secrets,
    pending: Changed,
    /// What is wrong with the watch of a kind.
    failed: BTreeMap<Kind, String>,
    /// Something about `failed` was not told yet.
    untold: bool,
    /// Everything was given once.
    given: bool,
}

impl KubernetesFeed {
    /// As [`Self::connect`], where there is no runtime yet.
    pub fn open(options: KubernetesArgs, with_secrets: bool) -> Result<Self, KubernetesError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(KubernetesError::Runtime)?;
        runtime.block_on(Self::connect(options, with_secrets))
    }

    /// Finds the API server: that of the pod that this runs in, or of a kubeconfig. Secrets are only read `with_secrets`.
    pub async fn connect(options: KubernetesArgs, with_secrets: bool) -> Result<Self, KubernetesError> {
        let client = kube::Config::infer().await.map_err(KubernetesError::Config)?;
        // What is wrong with it is told at once, and not by the first request.
        Client::try_from(client.clone()).map_err(KubernetesError::Client)?;
        let (_, signals) = mpsc::channel(1);
        Ok(Self {
            classes: Classes::new(&options),
            options,
            with_secrets,
            client,
            watches: None,
            signals,
            known: Known::default(),
            secrets: Secrets::default(),
            pending: Changed::default(),
            failed: BTreeMap::new(),
            untold: false,
            given: false,
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
        if !self.with_secrets {
            self.known.listed(Kind::Secret);
        }
        match Client::try_from(self.client.clone()) {
            Ok(client) => {
                let (to, signals) = mpsc::channel(QUEUE);
                self.signals = signals;
                self.watches =
                    Some(Watches::start(client, self.options.namespace.clone(), self.with_secrets, to));
            }
            // It was made once; and without one there is nothing to do but to keep what is served.
            Err(error) => tracing::error!(%error, "no client for the API server"),
        }
    }

    fn take(&mut self, signal: Signal) {
        match signal {
            Signal::Begins(kind) => self.known.begin(kind),
            Signal::Is(object) => self.is(object),
            Signal::Gone(kind, key) => self.gone(kind, key),
            Signal::Listed(kind) => {
                for key in self.known.listed(kind) {
                    self.gone(kind, key);
                }
                self.works(kind);
                if kind == Kind::IngressClass {
                    self.read_ingresses();
                }
            }
            Signal::Failed(kind, error) => {
                tracing::warn!(kind = kind.as_str(), %error, "the watch was interrupted");
                self.untold |= self.failed.insert(kind, error).is_none();
            }
        }
    }

    /// Reads Ingresses, anew where other ones are ours now.
    fn read_ingresses(&mut self) {
        let changed = self.classes.settle();
        if let Some(watches) = self.watches.as_mut().filter(|watches| changed || !watches.has_ingresses()) {
            watches.watch_ingresses();
        }
    }

    fn is(&mut self, object: Object) {
        self.works(object.kind());
        match object {
            Object::Ingress(key, ingress) => self.ingress(key, *ingress),
            Object::SecretSeen(key) => {
                self.known.insert(Kind::Secret, &key);
                self.read_if_named(&key);
            }
            Object::Secret(key, secret) => {
                if self.secrets.has_read(&key) {
                    self.read(&key);
                } else if self.secrets.is_named(&key) {
                    self.pending.secrets.insert(key, secret.map(|secret| *secret));
                }
            }
            Object::Service(key, service) => {
                self.known.insert(Kind::Service, &key);
                self.pending.services.insert(key, Some(*service));
            }
            Object::EndpointSlice(key, slice) => {
                self.known.insert(Kind::EndpointSlice, &key);
                self.pending.endpoint_slices.insert(key, Some(*slice));
            }
            Object::Canary(key, canary) => {
                self.known.insert(Kind::Canary, &key);
                self.pending.canaries.insert(key, Some(*canary));
            }
            Object::IngressClass(key, class) => {
                self.known.insert(Kind::IngressClass, &key);
                self.classes.set(&key, Some(&class));
                self.reread_if_listed();
            }
            Object::Invalid(kind, key, error) => {
                // What it was before stays in force.
                self.known.insert(kind, &key);
                tracing::warn!(kind = kind.as_str(), %key, %error, "an object cannot be read; it stays as it was");
            }
        }
    }

    fn ingress(&mut self, key: Arc<str>, ingress: Ingress) {
        if self.classes.are_ours(&ingress) {
            self.known.insert(Kind::Ingress, &key);
            let named: Vec<Arc<str>> = tls::secrets_of(&ingress).collect();
            for secret in self.secrets.name(&key, named) {
                self.read_if_named(&secret);
            }
            self.pending.ingresses.insert(key, Some(ingress));
        } else if self.known.remove(Kind::Ingress, &key) {
            self.ingress_gone(key);
        }
    }

    fn ingress_gone(&mut self, key: Arc<str>) {
        self.secrets.name(&key, Vec::new());
        self.pending.ingresses.insert(key, None);
    }

    /// Reads a Secret that is there and named.
    fn read_if_named(&mut self, key: &Arc<str>) {
        if self.known.has(Kind::Secret, key) && self.secrets.is_named(key) {
            self.read(key);
        }
    }

    fn read(&mut self, key: &Arc<str>) {
        if let Some(watches) = self.watches.as_mut().filter(|_| self.secrets.read(key)) {
            watches.read_secret(key);
        }
    }

    fn gone(&mut self, kind: Kind, key: Arc<str>) {
        let was_known = self.known.remove(kind, &key);
        match kind {
            Kind::Ingress if was_known => self.ingress_gone(key),
            Kind::Secret if self.secrets.is_named(&key) => drop(self.pending.secrets.insert(key, None)),
            Kind::Ingress | Kind::Secret => {}
            Kind::Service => drop(self.pending.services.insert(key, None)),
            Kind::EndpointSlice => drop(self.pending.endpoint_slices.insert(key, None)),
            Kind::Canary => drop(self.pending.canaries.insert(key, None)),
            Kind::IngressClass => {
                self.classes.set(&key, None);
                self.reread_if_listed();
            }
        }
    }

    fn reread_if_listed(&mut self) {
        if self.known.is_listed(Kind::IngressClass) {
            self.read_ingresses();
        }
    }

    fn works(&mut self, kind: Kind) {
        self.untold |= self.failed.remove(&kind).is_some();
    }

    /// Whether there is something to give, and nothing is missing.
    fn is_due(&self) -> bool {
        let is_ready = self.given || self.secrets.are_read();
        self.known.is_complete() && is_ready && (!self.given || self.untold || !self.pending.is_empty())
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = |(kind, error): (&Kind, &String)| Problem {
            severity: Severity::Warning,
            file: format!("API server, watch of {}", kind.plural()),
            line: None,
            field: String::new(),
            message: error.clone(),
            help: Some("What was read last stays in force; it is tried again.".to_owned()),
        };
        self.failed.iter().map(problem).collect()
    }
}

impl Feed for KubernetesFeed {
    async fn next(&mut self) -> Update {
        self.start();
        loop {
            let Some(signal) = self.signals.recv().await else {
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
            if self.is_due() {
                (self.untold, self.given) = (false, true);
                let problems = self.problems();
                let changed = std::mem::take(&mut self.pending);
                return Update::Changed(Box::new(Changed { problems, ..changed }));
            }
        }
    }

    fn again(&mut self) {
        self.watches = None;
        self.known = Known::default();
        self.classes = Classes::new(&self.options);
        self.secrets = Secrets::default();
        self.pending = Changed::default();
        self.given = false;
    }
}
