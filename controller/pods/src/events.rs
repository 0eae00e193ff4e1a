//! What happens to the objects of a kind in the namespace; what is wrong with the watch goes to the log.

use std::fmt::Debug;
use std::future::ready;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use k8s_openapi::NamespaceResourceScope;
use kube::runtime::watcher::{Config, Event};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use weir_kubernetes::watch::{Heard, watch};

/// Longest pause of a watch that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// All of it, without end.
pub(crate) fn events<K>(client: &Client, namespace: &str, of: Config) -> BoxStream<'static, Event<K>>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + 'static,
{
    let heard = watch(client, |client| Api::<K>::namespaced(client, namespace), of, LONGEST_PAUSE);
    let kind = K::kind(&());
    let event = move |heard| {
        ready(match heard {
            Heard::Event(event) => Some(event),
            Heard::Interrupted(error) => {
                tracing::warn!(%kind, %error, "a watch is interrupted");
                None
            }
            Heard::Resumed => {
                tracing::info!(%kind, "a watch goes on");
                None
            }
        })
    };
    heard.filter_map(event).boxed()
}
