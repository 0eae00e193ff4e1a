//! Pods of our own image, reached from a test.

use weir_cluster::Cluster;

use crate::sample::{self, inside, served};

#[test]
fn the_node_is_ready_when_the_cluster_is_there() {
    let Some(cluster) = Cluster::shared() else { return };
    let condition = "jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}";
    let ready = cluster.kubectl(["get", "nodes", "-o", condition]).unwrap();
    assert!(ready.split(' ').all(|status| status == "True"), "{ready}");
}

#[test]
fn pods_of_our_image_answer_by_their_addresses_and_by_their_service() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(node) = cluster.node_or_skip("images of our own") else { return };
    let sample = sample::deploy(cluster, node, "pods");
    assert_eq!(sample.pods.len(), 2, "{sample:?}");
    inside(cluster, async {
        for address in sample.pods.iter().chain([&sample.service]) {
            let answer = served(*address).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"v1\""), "{address}: {answer}");
        }
    });
}

#[test]
fn a_command_inside_has_credentials() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(node) = cluster.node_or_skip("a node on this machine") else { return };
    let output = node.command("kubectl").args(["get", "--raw", "/readyz"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ok", "{output:?}");
}

/// A pod reaches its own Service too, which takes the way through the node and back.
#[test]
fn pods_reach_services_and_the_api_server_by_its_service() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(node) = cluster.node_or_skip("images of our own") else { return };
    let sample = sample::deploy(cluster, node, "services");
    inside(cluster, served(sample.service));
    let run = |name: &str, arguments: &[&str]| {
        let image = format!("--image={}", sample.image);
        let run = ["run", name, &image, "--restart=Never", "--", "run"];
        sample.kubectl(&[&run, arguments].concat()).unwrap();
        let succeeded = "--for=jsonpath={.status.phase}=Succeeded";
        let pod = format!("pod/{name}");
        if let Err(error) = sample.kubectl(&["wait", succeeded, &pod, "--timeout=60s"]) {
            panic!("{error:#}: {:?}", sample.kubectl(&["logs", &pod]));
        }
    };
    let service = format!("http://{}/", sample.service);
    let requests = ["--rate", "50", "--duration", "1s", "--fail-if", "errors>0"];
    run("to-service", &[&[service.as_str()], requests.as_slice()].concat());
    // Anybody may ask for the version, so an answer that is not an error is one of the API server.
    let version =
        ["https://10.96.0.1/version", "--ca", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"];
    run("to-api-server", &[version.as_slice(), requests.as_slice()].concat());
}
