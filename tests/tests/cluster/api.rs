//! Objects, asked of the API server by this process: a kubectl for each look of whoever waits costs a tenth of a second of CPU, and they look often.

use std::path::Path;
use std::thread;

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};
use serde_json::Value;

use crate::installed::runtime;

/// An object, `None` where there is none; or all those of a kind, `None` where nobody defined it. Each has a connection of its own: servers that were
/// killed meanwhile leave none behind that is broken.
pub(crate) fn get(kubeconfig: &Path, path: &str) -> anyhow::Result<Option<Value>> {
    // Whoever waits may be in a runtime already.
    thread::scope(|scope| scope.spawn(|| runtime().block_on(ask(kubeconfig, path))).join().unwrap())
}

async fn ask(kubeconfig: &Path, path: &str) -> anyhow::Result<Option<Value>> {
    match client(kubeconfig).await.request(Request::get(path).body(Vec::new())?).await {
        Ok(object) => Ok(Some(object)),
        Err(Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A client of the API server with these credentials.
pub(crate) async fn client(kubeconfig: &Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

/// The path of a kind's objects in a namespace.
pub(crate) fn path(namespace: &str, kind: &str) -> String {
    let api = match kind {
        "pods" | "services" => "/api/v1",
        "deployments" | "replicasets" => "/apis/apps/v1",
        "events" => "/apis/events.k8s.io/v1",
        "ingresses" => "/apis/networking.k8s.io/v1",
        "leases" => "/apis/coordination.k8s.io/v1",
        _ => "/apis/weir.dev/v1alpha1",
    };
    format!("{api}/namespaces/{namespace}/{kind}")
}

/// The path of those that these labels select.
pub(crate) fn selected(namespace: &str, kind: &str, selector: &str) -> String {
    format!("{}?labelSelector={selector}", path(namespace, kind))
}
