//! The sample service: a Deployment of two pods of `weir-load serve`, and a Service before them.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_cluster::{Cluster, Node, program};

/// Pods of a small program run within this time, on a machine that is busy with other tests.
const DEADLINE: &str = "--timeout=300s";
const SERVING: u16 = 8080;

/// The sample's addresses inside. It is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    cluster: &'a Cluster,
    /// Its own, so that tests of several runs do not meet in one cluster.
    pub(crate) namespace: String,
    pub(crate) image: String,
    pub(crate) pods: Vec<SocketAddr>,
    pub(crate) service: SocketAddr,
}

impl Sample<'_> {
    /// kubectl in its namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.cluster.kubectl([&["--namespace", self.namespace.as_str()], arguments].concat())
    }
}

impl Drop for Sample<'_> {
    fn drop(&mut self) {
        // The cluster may be gone before it.
        let _ = self.cluster.kubectl(["delete", "namespace", &self.namespace, "--wait=false"]);
    }
}

/// Deploys the sample into a namespace that begins with `name`, and waits until its pods are ready.
pub(crate) fn deploy<'a>(cluster: &'a Cluster, node: &Node, name: &str) -> Sample<'a> {
    let namespace = format!("{name}-{}", std::process::id());
    let image = node.load(&program::built("weir-load").unwrap()).unwrap();
    apply(cluster, node, &namespace, &image);
    let mut sample =
        Sample { cluster, namespace, image, pods: Vec::new(), service: ([0, 0, 0, 0], 0).into() };
    let kubectl = |arguments: &[&str]| sample.kubectl(arguments).unwrap();
    kubectl(&["rollout", "status", "deployment/sample", DEADLINE]);
    let pods = kubectl(&["get", "pods", "-o", "jsonpath={.items[*].status.podIP}"]);
    let service = kubectl(&["get", "service", "sample", "-o", "jsonpath={.spec.clusterIP}"]);
    let address = |ip: &str| ip.parse::<IpAddr>().unwrap();
    sample.pods = pods.split(' ').map(|ip| SocketAddr::new(address(ip), SERVING)).collect();
    sample.service = SocketAddr::new(address(&service), 80);
    sample
}

/// The status line and the body of the answer to one request.
pub(crate) async fn get(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Asks until there is an answer: a Service is served a moment after its pods are ready.
pub(crate) async fn served(address: SocketAddr) -> String {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match tokio::time::timeout(Duration::from_secs(2), get(address)).await {
            Ok(Ok(answer)) => return answer,
            other => assert!(Instant::now() < end, "{address} does not answer: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Runs `future` on a thread in the cluster's network.
pub(crate) fn inside<T: Send>(cluster: &Cluster, future: impl Future<Output = T> + Send) -> T {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    cluster.thread(|| runtime().block_on(future)).unwrap()
}

fn apply(cluster: &Cluster, node: &Node, namespace: &str, image: &str) {
    let file = node.folder().join(format!("{namespace}.json"));
    std::fs::write(&file, manifests(namespace, image)).unwrap();
    cluster.kubectl(["apply", "--filename", &file.to_string_lossy()]).unwrap();
}

fn manifests(namespace: &str, image: &str) -> String {
    let labels = json!({"app": "sample"});
    let metadata = json!({"name": "sample", "namespace": namespace});
    let container = json!({
        "name": "sample",
        "image": image,
        "args": ["serve", "--listen", format!("0.0.0.0:{SERVING}"), "--version-name", "v1"],
        "ports": [{"name": "http", "containerPort": SERVING}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 10},
    });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {
                "containers": [container],
                "terminationGracePeriodSeconds": 1,
            }},
        },
    });
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]},
    });
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    json!({"apiVersion": "v1", "kind": "List", "items": [space, deployment, service]}).to_string()
}
