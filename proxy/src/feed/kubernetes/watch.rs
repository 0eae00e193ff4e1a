//! The watch of each kind: what the API server says, as signals, without end.
//!
//! Lists come in pages, watches with bookmarks; after an interruption a watch goes on from where it was, with growing pauses, and lists again only where the
//! API server has forgotten that place.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;
use tokio::task::{AbortHandle, JoinSet};
use weir_api::Canary;
use weir_kubernetes::causes;
use weir_kubernetes::client::objects;
use weir_kubernetes::watch::{Heard, watch};
use weir_routing::Named;

use super::kind::Kind;

/// An object with its key: `namespace/name`, or `name` where it is in no namespace.
#[derive(Debug)]
pub(super) enum Object {
    IngressClass(Arc<str>, Box<IngressClass>),
    Ingress(Arc<str>, Box<Ingress>),
    /// A Secret or ConfigMap is there, or different: its content is only read where it is named.
    Seen(Named),
    /// The content of a Secret; `None`: it was gone when it was asked for.
    Secret(Arc<str>, Option<Box<Secret>>),
    /// The same of a ConfigMap.
    ConfigMap(Arc<str>, Option<Box<ConfigMap>>),
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
            Self::Seen(named) => Kind::of(named),
            Self::Secret(..) => Kind::Secret,
            Self::ConfigMap(..) => Kind::ConfigMap,
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
    /// It works again.
    Resumed(Kind),
}

/// What the watches are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Ingresses, from the beginning.
    Ingresses,
    /// The kind of this, of which there was no watch.
    Kind(Named),
    /// The content of this.
    Content(Named),
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
    /// Starts all but that of Ingresses, which needs the classes first, and of what only Ingresses name. `namespace`: only there.
    pub(super) fn start(client: Client, namespace: Option<String>, to: Sender<Signal>) -> Self {
        let tasks = JoinSet::new();
        let mut watches = Self { client, namespace, to, tasks, ingresses: None };
        let class = |key, class| Object::IngressClass(key, Box::new(class));
        watches.spawn(Api::<IngressClass>::all, Kind::IngressClass, class);
        watches.spawn(watches.api(), Kind::Service, |key, service| Object::Service(key, Box::new(service)));
        let slice = |key, slice| Object::EndpointSlice(key, Box::new(slice));
        watches.spawn(watches.api(), Kind::EndpointSlice, slice);
        // A definition in the cluster may be older or newer than this program, and one Canary must not hide the others.
        watches.spawn(watches.api(), Kind::Canary, |key, DeserializeGuard::<Canary>(read)| match read {
            Ok(canary) => Object::Canary(key, Box::new(canary)),
            Err(invalid) => Object::Invalid(Kind::Canary, key, invalid.error),
        });
        watches
    }

    /// Does what is asked for.
    pub(super) fn serve(&mut self, ask: &Ask) {
        match ask {
            Ask::Ingresses => self.watch_ingresses(),
            Ask::Kind(named) => self.watch_named(named),
            Ask::Content(named) => self.read(named),
        }
    }

    /// Watches Ingresses from the beginning.
    fn watch_ingresses(&mut self) {
        if let Some(before) = self.ingresses.take() {
            before.abort();
        }
        let ingress = |key, ingress| Object::Ingress(key, Box::new(ingress));
        self.ingresses = Some(self.spawn(self.api(), Kind::Ingress, ingress));
    }

    /// Watches the kind of something that is named, by its metadata only.
    fn watch_named(&mut self, named: &Named) {
        match named {
            Named::Secret(_) => {
                let seen = |key, _: PartialObjectMeta<Secret>| Object::Seen(Named::Secret(key));
                self.spawn(self.api(), Kind::Secret, seen);
            }
            Named::ConfigMap(_) => {
                let seen = |key, _: PartialObjectMeta<ConfigMap>| Object::Seen(Named::ConfigMap(key));
                self.spawn(self.api(), Kind::ConfigMap, seen);
            }
        }
    }

    fn api<K>(&self) -> impl FnOnce(Client) -> Api<K> + use<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        let namespace = self.namespace.clone();
        move |client| objects(&client, namespace.as_deref())
    }

    fn spawn<K>(
        &mut self,
        api: impl FnOnce(Client) -> Api<K>,
        kind: Kind,
        object: fn(Arc<str>, K) -> Object,
    ) -> AbortHandle
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
    {
        let heard = watch(&self.client, api, watcher::Config::default(), LONGEST_PAUSE);
        self.tasks.spawn(follow(heard, kind, object, self.to.clone()))
    }

    /// Reads what an Ingress names.
    fn read(&mut self, named: &Named) {
        let Some((namespace, name)) = named.key().split_once('/') else { return };
        let (client, name, to) = (self.client.clone(), name.to_owned(), self.to.clone());
        match named.clone() {
            Named::Secret(key) => {
                let api = Api::namespaced(client, namespace);
                self.tasks.spawn(read(api, Kind::Secret, name, |read| Object::Secret(key, read), to));
            }
            Named::ConfigMap(key) => {
                let api = Api::namespaced(client, namespace);
                self.tasks.spawn(read(api, Kind::ConfigMap, name, |read| Object::ConfigMap(key, read), to));
            }
        }
    }
}

/// Between two attempts to read an object.
const AGAIN: Duration = Duration::from_secs(1);

async fn read<K: Clone + DeserializeOwned + std::fmt::Debug>(
    api: Api<K>,
    kind: Kind,
    name: String,
    object: impl FnOnce(Option<Box<K>>) -> Object,
    to: Sender<Signal>,
) {
    let read = loop {
        match api.get_opt(&name).await {
            Ok(read) => break read,
            Err(error) => {
                let failed = format!("{} {name} cannot be read: {error}", kind.as_str());
                if to.send(Signal::Failed(kind, failed)).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    };
    // Nobody listens when everything is read anew.
    let _ = to.send(Signal::Is(object(read.map(Box::new)))).await;
}

/// A proxy has six watches, and what changed during an outage is not served before they are back.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

async fn follow<K: Resource>(
    mut heard: BoxStream<'static, Heard<K>>,
    kind: Kind,
    object: fn(Arc<str>, K) -> Object,
    to: Sender<Signal>,
) {
    while let Some(heard) = heard.next().await {
        let signal = match heard {
            Heard::Event(Event::Init) => Signal::Begins(kind),
            Heard::Event(Event::InitApply(one) | Event::Apply(one)) => Signal::Is(object(key_of(&one), one)),
            Heard::Event(Event::Delete(one)) => Signal::Gone(kind, key_of(&one)),
            Heard::Event(Event::InitDone) => Signal::Listed(kind),
            // A cluster without the definition has none of them; it is looked for again.
            Heard::Interrupted(error) if is_unknown(&error) => Signal::Listed(kind),
            Heard::Interrupted(error) => Signal::Failed(kind, causes(&error)),
            Heard::Resumed => Signal::Resumed(kind),
        };
        if to.send(signal).await.is_err() {
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
