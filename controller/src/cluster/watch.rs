//! The watch of each kind: what the API server says, as signals, without end.
//!
//! After an interruption a watch goes on from where it was, with growing pauses, and lists again only where the API server has forgotten that place.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::{Config, Event};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use weir_api::names::SERVICE_NAME_LABEL;
use weir_api::{Canary, CanaryConfig, FeatureFlag};
use weir_kubernetes::causes;
use weir_kubernetes::client::objects;
use weir_kubernetes::watch::{Heard, watch};

use super::Options;
use super::backends::Backends;
use super::pods::Brief;
use super::sets::Set;
use super::signal::{Kind, Object, Signal};
use crate::catalog::Key;

/// There is one controller, and a release stands still while it does not see its pods.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Starts every watch; they end with the set.
pub(super) fn start(client: &Client, options: &Options, to: &Sender<Signal>) -> JoinSet<()> {
    let mut watches = Watches { client, options, to, tasks: JoinSet::new() };
    watches.all(Kind::Canary, canary);
    watches.all(Kind::CanaryConfig, |one: CanaryConfig| Object::CanaryConfig(Box::new(one)));
    watches.all(Kind::FeatureFlag, |one: FeatureFlag| Object::FeatureFlag(Box::new(one)));
    watches.all(Kind::Deployment, |one: Deployment| Object::Deployment(Box::new(one)));
    watches.all(Kind::Service, |one: Service| Object::Service(Box::new(one)));
    watches.all(Kind::ReplicaSet, |one: ReplicaSet| Object::ReplicaSet(Set::of(&one)));
    watches.all(Kind::Pod, |one: Pod| Object::Pod(Brief::of(&one)));
    watches.all(Kind::Backends, |one: EndpointSlice| Object::Backends(Backends::of(&one)));
    let Key { namespace, name } = &options.proxy_service;
    let of_proxies = Config::default().labels(&format!("{SERVICE_NAME_LABEL}={name}"));
    let slices = |client| Api::<EndpointSlice>::namespaced(client, namespace);
    watches.spawn(slices, of_proxies, Kind::EndpointSlice, |slice| Object::EndpointSlice(Box::new(slice)));
    watches.tasks
}

struct Watches<'w> {
    client: &'w Client,
    options: &'w Options,
    to: &'w Sender<Signal>,
    tasks: JoinSet<()>,
}

impl Watches<'_> {
    /// Of every object of a kind.
    fn all<K>(&mut self, kind: Kind, object: fn(K) -> Object)
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
        K: Send + 'static,
    {
        let namespace = self.options.namespace.as_deref();
        self.spawn(|client| objects(&client, namespace), Config::default(), kind, object);
    }

    fn spawn<K>(
        &mut self,
        api: impl FnOnce(Client) -> Api<K>,
        of: Config,
        kind: Kind,
        object: fn(K) -> Object,
    ) where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
    {
        let heard = watch(self.client, api, of, LONGEST_PAUSE);
        self.tasks.spawn(follow(heard, kind, object, self.to.clone()));
    }
}

/// A definition in the cluster may be older or newer than this program, and one Canary must not hide the others.
type Guarded = DeserializeGuard<Canary>;

fn canaries(client: &Client, options: &Options) -> Api<Guarded> {
    objects(client, options.namespace.as_deref())
}

fn canary(DeserializeGuard(read): Guarded) -> Object {
    match read {
        Ok(canary) => Object::Canary(Box::new(canary)),
        Err(invalid) => Object::Invalid(Box::new(invalid)),
    }
}

/// Every Canary as it is now, asked for beside the watch, which may be behind.
pub(super) async fn canaries_now(client: &Client, options: &Options) -> kube::Result<Vec<Signal>> {
    let list = canaries(client, options).list(&ListParams::default()).await?;
    Ok(list.items.into_iter().map(|one| is(Kind::Canary, one, canary)).collect())
}

fn is<K: Resource>(kind: Kind, mut one: K, object: fn(K) -> Object) -> Signal {
    // Nobody here asks who wrote which field, and it is the larger half of many objects.
    one.meta_mut().managed_fields = None;
    Signal::Is(kind, Key::of(one.meta()), object(one))
}

async fn follow<K: Resource>(
    mut heard: BoxStream<'static, Heard<K>>,
    kind: Kind,
    object: fn(K) -> Object,
    to: Sender<Signal>,
) {
    while let Some(heard) = heard.next().await {
        let signal = match heard {
            Heard::Event(Event::Init) => Signal::Begins(kind),
            Heard::Event(Event::InitApply(one) | Event::Apply(one)) => is(kind, one, object),
            Heard::Event(Event::Delete(one)) => Signal::Gone(kind, Key::of(one.meta())),
            Heard::Event(Event::InitDone) => Signal::Listed(kind),
            Heard::Interrupted(error) => Signal::Failed(kind, causes(&error)),
            Heard::Resumed => Signal::Resumed(kind),
        };
        if to.send(signal).await.is_err() {
            return;
        }
    }
}
