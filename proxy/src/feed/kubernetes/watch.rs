//! The watch of each kind: what the API server says, as signals, without end.
//!
//! Lists come in pages, watches with bookmarks; after an interruption a watch goes on from where it was, with growing pauses, and lists again only where the
//! API server has forgotten that place.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;
use tokio::task::{AbortHandle, JoinSet};
use weir_api::Canary;

use super::pauses::Pauses;

/// A kind that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    IngressClass,
    Ingress,
    Secret,
    Service,
    EndpointSlice,
    Canary,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::IngressClass, Self::Ingress, Self::Secret, Self::Service, Self::EndpointSlice, Self::Canary];

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::IngressClass => "IngressClass",
            Self::Ingress => "Ingress",
            Self::Secret => "Secret",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Canary => "Canary",
        }
    }

    /// As kubectl names it.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::IngressClass => "ingressclasses",
            Self::Ingress => "ingresses",
            Self::Secret => "secrets",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::Canary => "canaries",
        }
    }
}

/// An object with its key: `namespace/name`, or `name` where it is in no namespace.
#[derive(Debug)]
pub(super) enum Object {
    IngressClass(Arc<str>, Box<IngressClass>),
    Ingress(Arc<str>, Box<Ingress>),
    /// A Secret is there, or different: its content is only read where it is named.
    SecretSeen(Arc<str>),
    /// The content of one; `None`: it was gone when it was asked for.
    Secret(Arc<str>, Option<Box<Secret>>),
    Service(Arc<str>, Box<Service>),
    EndpointSlice(Arc<str>, Box<EndpointSlice>),
    Canary(Arc<str>, Box<Canary>),
    /// One that cannot be read, and why.
    Invalid(Kind, Arc<str>, String),
}

impl Object {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::IngressClass(..) => Kind::IngressClass,
            Self::Ingress(..) => Kind::Ingress,
            Self::SecretSeen(..) | Self::Secret(..) => Kind::Secret,
            Self::Service(..) => Kind::Service,
            Self::EndpointSlice(..) => Kind::EndpointSlice,
            Self::Canary(..) => Kind::Canary,
            Self::Invalid(kind, ..) => *kind,
        }
    }
}

/// What a watch says.
#[derive(Debug)]
pub(super) enum Signal {
    /// Every object follows.
    Begins(Kind),
    /// Every object has followed.
    Listed(Kind),
    /// An object is there, or different.
    Is(Object),
    /// The object of this key is gone.
    Gone(Kind, Arc<str>),
    /// It was interrupted, and is tried again.
    Failed(Kind, String),
}

/// Watches that run until this is dropped.
pub(super) struct Watches {
    client: Client,
    namespace: Option<String>,
    to: Sender<Signal>,
    tasks: JoinSet<()>,
    ingresses: Option<AbortHandle>,
}

impl Watches {
    /// Starts all but that of Ingresses, which needs the classes first. `namespace`: only there; `secrets`: those too.
    pub(super) fn start(
        client: Client,
        namespace: Option<String>,
        secrets: bool,
        to: Sender<Signal>,
    ) -> Self {
        let mut watches = Self { client, namespace, to, tasks: JoinSet::new(), ingresses: None };
        let classes = Api::<IngressClass>::all(watches.client.clone());
        watches.spawn(classes, Kind::IngressClass, |key, class| Object::IngressClass(key, Box::new(class)));
        if secrets {
            // Metadata only: what is in a Secret is read where an Ingress names it.
            let api: Api<PartialObjectMeta<Secret>> = watches.api();
            watches.spawn(api, Kind::Secret, |key, _| Object::SecretSeen(key));
        }
        watches.spawn(watches.api(), Kind::Service, |key, service| Object::Service(key, Box::new(service)));
        let slice = |key, slice| Object::EndpointSlice(key, Box::new(slice));
        watches.spawn(watches.api(), Kind::EndpointSlice, slice);
        // A definition in the cluster may be older or newer than this program, and one Canary must not hide the others.
        let canaries = match &watches.namespace {
            Some(namespace) => Api::<DeserializeGuard<Canary>>::namespaced(watches.client.clone(), namespace),
            None => Api::all(watches.client.clone()),
        };
        watches.spawn(canaries, Kind::Canary, |key, DeserializeGuard(read)| match read {
            Ok(canary) => Object::Canary(key, Box::new(canary)),
            Err(invalid) => Object::Invalid(Kind::Canary, key, invalid.error),
        });
        watches
    }

    /// Whether Ingresses are watched.
    pub(super) fn has_ingresses(&self) -> bool {
        self.ingresses.is_some()
    }

    /// Watches Ingresses from the beginning.
    pub(super) fn watch_ingresses(&mut self) {
        if let Some(before) = self.ingresses.take() {
            before.abort();
        }
        let ingress = |key, ingress| Object::Ingress(key, Box::new(ingress));
        self.ingresses = Some(self.spawn(self.api(), Kind::Ingress, ingress));
    }

    fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        match &self.namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }

    fn spawn<K>(&mut self, api: Api<K>, kind: Kind, object: fn(Arc<str>, K) -> Object) -> AbortHandle
    where
        K: Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
    {
        self.tasks.spawn(follow(watch(api, watcher::Config::default()), kind, object, self.to.clone()))
    }

    /// Reads a Secret that an Ingress names.
    pub(super) fn read_secret(&mut self, key: &Arc<str>) {
        let Some((namespace, name)) = key.split_once('/') else { return };
        let (api, name) = (Api::namespaced(self.client.clone(), namespace), name.to_owned());
        self.tasks.spawn(read(api, name, Arc::clone(key), self.to.clone()));
    }
}

/// Between two attempts to read a Secret.
const AGAIN: Duration = Duration::from_secs(1);

async fn read(api: Api<Secret>, name: String, key: Arc<str>, to: Sender<Signal>) {
    let secret = loop {
        match api.get_opt(&name).await {
            Ok(secret) => break secret,
            Err(error) => {
                let failed = format!("Secret {key} cannot be read: {error}");
                if to.send(Signal::Failed(Kind::Secret, failed)).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    };
    // Nobody listens when everything is read anew.
    let _ = to.send(Signal::Is(Object::Secret(key, secret.map(Box::new)))).await;
}

async fn follow<K: Resource>(
    events: impl Stream<Item = watcher::Result<Event<K>>>,
    kind: Kind,
    object: fn(Arc<str>, K) -> Object,
    to: Sender<Signal>,
) {
    let mut events = pin!(events.backoff(Pauses::default()));
    while let Some(event) = events.next().await {
        let said = match event {
            Ok(Event::Init) => to.send(Signal::Begins(kind)).await,
            Ok(Event::InitApply(one) | Event::Apply(one)) => {
                to.send(Signal::Is(object(key_of(&one), one))).await
            }
            Ok(Event::Delete(one)) => to.send(Signal::Gone(kind, key_of(&one))).await,
            Ok(Event::InitDone) => to.send(Signal::Listed(kind)).await,
            // A cluster without the definition has none of them; it is looked for again.
            Err(error) if is_unknown(&error) => to.send(Signal::Listed(kind)).await,
            Err(error) => to.send(Signal::Failed(kind, words(&error))).await,
        };
        if said.is_err() {
            return;
        }
    }
}

fn key_of(object: &impl Resource) -> Arc<str> {
    match object.namespace() {
        Some(namespace) => format!("{namespace}/{}", object.name_any()).into(),
        None => object.name_any().into(),
    }
}

/// Whether the cluster does not know the kind.
fn is_unknown(error: &watcher::Error) -> bool {
    let (watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error)) = error else {
        return false;
    };
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// An error with its causes.
fn words(error: &watcher::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
