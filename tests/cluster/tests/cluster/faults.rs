//! Parts of the cluster that are killed, frozen and started again.

use std::time::Duration;

use weir_cluster::{Cluster, Component};

use crate::sample::{self, get, inside, served};

/// A fresh cluster, where one can be had at all.
pub(crate) fn fresh() -> Option<Cluster> {
    possible().then(|| Cluster::fresh().unwrap())
}

/// Whether this machine, and what the environment says, let a test have a cluster of its own.
pub(crate) fn possible() -> bool {
    Cluster::shared().is_some_and(|cluster| cluster.own_or_skip("a cluster of its own").is_some())
}

#[test]
fn pods_serve_while_the_api_server_is_dead_and_it_comes_back_with_its_objects() {
    let Some(cluster) = fresh() else { return };
    let own = cluster.own().unwrap();
    let sample = sample::deploy(&cluster, cluster.node().unwrap(), "faults");
    let api_server = own.component(Component::ApiServer);

    api_server.kill().unwrap();
    let error = cluster.kubectl(["get", "pods", "--request-timeout=2s"]).unwrap_err();
    assert!(!error.to_string().contains("Unauthorized"), "{error:#}");
    inside(&cluster, async {
        for address in sample.pods.iter().chain([&sample.service]) {
            assert!(served(*address).await.starts_with("HTTP/1.1 200"), "{address}");
        }
    });

    api_server.start().unwrap();
    let pods = sample.kubectl(&["get", "pods", "-o", "name"]).unwrap();
    assert_eq!(pods.lines().count(), 2, "{pods}");
    sample.kubectl(&["scale", "deployment/sample", "--replicas=3"]).unwrap();
    sample.kubectl(&["rollout", "status", "deployment/sample", "--timeout=60s"]).unwrap();
}

#[test]
fn a_frozen_api_server_is_silent_and_answers_once_thawed() {
    let Some(cluster) = fresh() else { return };
    let own = cluster.own().unwrap();
    let api_server = own.component(Component::ApiServer);
    let ask = || cluster.kubectl(["get", "--raw", "/readyz", "--request-timeout=2s"]);

    api_server.freeze().unwrap();
    ask().unwrap_err();
    // Its port is open all the while: it is silent, not gone.
    inside(&cluster, async {
        let asked = get("10.245.0.1:6443".parse().unwrap());
        tokio::time::timeout(Duration::from_millis(500), asked).await.unwrap_err();
    });
    api_server.thaw().unwrap();
    assert_eq!(ask().unwrap(), "ok");
    assert!(own.component(Component::Etcd).log().contains("etcd"), "logs are at hand");
}
