//! A real `HorizontalPodAutoscaler` follows the requests that the proxies count, and canary and baseline follow it.

use std::path::Path;

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{WITHIN, manifests, until};
use crate::load::{Load, RATE};
use crate::releases::{Releases, image};

const EXTERNAL: &str = "/apis/external.metrics.k8s.io/v1beta1";
const CUSTOM: &str = "/apis/custom.metrics.k8s.io/v1beta2";

/// The two metrics APIs, for as long as this lives: the cluster is not this case's alone.
struct Autoscaling<'c>(&'c Case);

impl<'c> Autoscaling<'c> {
    fn install(case: &'c Case) -> Self {
        let folder = Self::folder();
        case.installed.cluster.kubectl(["apply", "--kustomize", &folder]).unwrap();
        let apis = ["v1beta1.external.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"];
        let wait = ["wait", "--for=condition=Available", "apiservice", WITHIN];
        case.installed.kubectl(&[&wait[..], &apis].concat());
        Self(case)
    }

    fn folder() -> String {
        let folder: &Path = &manifests().join("autoscaling");
        folder.display().to_string()
    }

    /// The sum of what a metrics API says, in requests per second.
    fn per_second(&self, path: &str) -> f64 {
        let answer = self.0.installed.get(path);
        let items = answer["items"].as_array().unwrap();
        let value = |item: &Value| -> f64 {
            let text = item["value"].as_str().unwrap();
            text.strip_suffix('m').map_or_else(|| text.parse().unwrap(), |m| m.parse::<f64>().unwrap() / 1e3)
        };
        items.iter().map(value).sum()
    }
}

impl Drop for Autoscaling<'_> {
    fn drop(&mut self) {
        // The cluster may be gone before it.
        let _ = self.0.installed.cluster.kubectl(["delete", "--wait=false", "--kustomize", &Self::folder()]);
    }
}

/// One pod for so many requests a second, whichever track they are for.
fn autoscaler(requests: u64) -> Value {
    let metric =
        json!({"name": "weir_requests_per_second", "selector": {"matchLabels": {"service": "shop"}}});
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "shop"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "minReplicas": 1,
            "maxReplicas": 8,
            "metrics": [{"type": "External", "external": {
                "metric": metric,
                "target": {"type": "AverageValue", "averageValue": requests.to_string()},
            }}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}},
        },
    })
}

/// Waits until a Deployment is asked for so many pods, and has them.
fn until_pods(case: &Case, deployment: &str, pods: u64) {
    until(&format!("{deployment} has {pods} pods"), || {
        let seen = case.object("deployments", deployment).unwrap();
        let (wanted, ready) = (&seen["spec"]["replicas"], &seen["status"]["readyReplicas"]);
        if *wanted == pods && *ready == pods {
            Ok(())
        } else {
            Err(format!("{wanted} wanted, {ready} ready"))
        }
    });
}

#[test]
fn an_autoscaler_follows_the_requests_of_all_tracks_and_the_canary_follows_it() {
    let Some(case) = Case::begin("autoscaled") else { return };
    let releases = Releases::begin(&case);
    let autoscaling = Autoscaling::install(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    // Between 4 and 5, and between 1 and 2: a rate that is a little off asks for no other number.
    case.apply(&[autoscaler(RATE * 2 / 9)]);
    until_pods(&case, "shop", 5);

    releases.release(&json!([{"setWeight": 50}, {"pause": {}}]), &image(&case, "v2", "0%"));
    releases.until_weight(50);
    until_pods(&case, "shop-canary", 3);
    load.goes_on_for_seconds(8);
    until_pods(&case, "shop", 5);
    let namespace = &case.namespace;
    let of = |selector: &str| {
        let metric = format!("{EXTERNAL}/namespaces/{namespace}/weir_requests_per_second");
        autoscaling.per_second(&format!("{metric}?labelSelector={selector}"))
    };
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a small number")]
    let rate = RATE as f64;
    // A rate is one of the last half minute, and the canary may be younger.
    let canary = until("the canary's requests are in its rate", || {
        let seen = of("service%3Dshop%2Ctrack%3Dcanary");
        if seen > rate * 0.1 { Ok(seen) } else { Err(seen) }
    });
    let all = of("service%3Dshop");
    let custom = format!("{CUSTOM}/namespaces/{namespace}/services/shop/weir_requests_per_second");
    let sum = autoscaling.per_second(&custom);
    case.say(&format!(
        "{all:.1} requests a second, the canary's {canary:.1}; {sum:.1} as a metric of the Service"
    ));
    for seen in [all, sum] {
        assert!((seen / rate - 1.0).abs() < 0.1, "{seen} of {rate}");
    }
    assert!(canary < rate * 0.6, "{canary} of {rate}");

    case.apply(&[autoscaler(RATE * 2 / 3)]);
    until_pods(&case, "shop", 2);
    until_pods(&case, "shop-canary", 1);
    case.kubectl(&["delete", "canary", "shop"]);
    releases.until_clean();
    load.stop(&case, "a release of a Deployment with an autoscaler");

    let service = ["get", "service", "weir-controller", "-o", "jsonpath={.spec.clusterIP}"];
    let url = format!("https://{}{custom}", case.installed.kubectl(&service));
    let asked = ["--insecure", "--silent", "--max-time", "10", &url];
    let answer = case.installed.node.command("curl").args(asked).output().unwrap();
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["code"], 403, "whoever is not the API server is told nothing: {answer}");
}
