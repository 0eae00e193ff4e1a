//! The watch of each kind: what the API server says, as signals, without end.
//!
//! After an interruption a watch goes on from where it was, with growing pauses, and lists again only where the API server has forgotten that place.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client, Resource};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use weir_api::names::SERVICE_NAME_LABEL;
use weir_api::{Canary, CanaryConfig};
use weir_kubernetes::client::objects;
use weir_kubernetes::{Pauses, causes};

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
    let mut tasks = JoinSet::new();
    let namespace = options.namespace.as_deref();
    let all = watcher::Config::default;
    tasks.spawn(follow(watch(canaries(client, options), all()), Kind::Canary, canary, to.clone()));
    let config = |one: CanaryConfig| Object::CanaryConfig(Box::new(one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::CanaryConfig, config, to.clone()));
    let deployment = |one: Deployment| Object::Deployment(Box::new(one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::Deployment, deployment, to.clone()));
    let service = |one: Service| Object::Service(Box::new(one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::Service, service, to.clone()));
    let set = |one: ReplicaSet| Object::ReplicaSet(Set::of(&one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::ReplicaSet, set, to.clone()));
    let pod = |one: Pod| Object::Pod(Brief::of(&one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::Pod, pod, to.clone()));
    let backends = |one: EndpointSlice| Object::Backends(Backends::of(&one));
    tasks.spawn(follow(watch(objects(client, namespace), all()), Kind::Backends, backends, to.clone()));
    let Key { namespace, name } = &options.proxy_service;
    let slices = Api::<EndpointSlice>::namespaced(client.clone(), namespace);
    let of_proxies = all().labels(&format!("{SERVICE_NAME_LABEL}={name}"));
    let slice = |slice| Object::EndpointSlice(Box::new(slice));
    tasks.spawn(follow(watch(slices, of_proxies), Kind::EndpointSlice, slice, to.clone()));
    tasks
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
    events: impl Stream<Item = watcher::Result<Event<K>>>,
    kind: Kind,
    object: fn(K) -> Object,
    to: Sender<Signal>,
) {
    let mut events = pin!(events.backoff(Pauses::of_at_most(LONGEST_PAUSE)));
    while let Some(event) = events.next().await {
        let signal = match event {
            Ok(Event::Init) => Signal::Begins(kind),
            Ok(Event::InitApply(one) | Event::Apply(one)) => is(kind, one, object),
            Ok(Event::Delete(one)) => Signal::Gone(kind, Key::of(one.meta())),
            Ok(Event::InitDone) => Signal::Listed(kind),
            Err(error) => Signal::Failed(kind, causes(&error)),
        };
        if to.send(signal).await.is_err() {
            return;
        }
    }
}
