//! A release that is judged by what programs push, as it is installed: the component `collector`, a Secret that names it, a `CanaryConfig`; and one who is told how it went.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use weir_cluster::program;
use weir_tests::heard::{Heard, Listener};

use crate::case::Case;
use crate::installed::{NAMESPACE, WITHIN, overlay, until};
use crate::load::{Load, RATE};
use crate::releases::{Releases, image};

/// The collector, and the Secret that tells controllers of it; both go with this.
struct Collected<'c> {
    case: &'c Case,
    statsd: SocketAddr,
}

impl<'c> Collected<'c> {
    /// Installs it. Controllers that start from now on know of it.
    fn begin(case: &'c Case) -> Self {
        let node = case.installed.node;
        let image = node.load(&program::built("weir").unwrap()).unwrap();
        let overlay = overlay(node, "components/collector", &image);
        case.installed.kubectl(&["apply", "--kustomize", &overlay]);
        case.installed.kubectl(&["rollout", "status", "deployment/weir-collector", WITHIN]);
        let address = ["get", "service", "weir-collector", "-o", "jsonpath={.spec.clusterIP}"];
        let address: IpAddr = case.installed.kubectl(&address).parse().unwrap();
        // By its address: this cluster has no names.
        let url = format!("http://{}", SocketAddr::new(address, 9904));
        let sources = json!({"sources": [{"name": "business", "type": "collector", "url": url}]});
        let secret = format!("--from-literal=sources.yaml={sources}");
        case.installed.kubectl(&["create", "secret", "generic", "weir-sources", &secret]);
        Self { case, statsd: SocketAddr::new(address, 8125) }
    }

    /// Customers of every track buy until `done`; those of the canary as much as this.
    fn buy(&self, canary: u32, done: &AtomicBool) {
        let push = || {
            let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
            socket.connect(self.statsd).unwrap();
            for number in 0_u32.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                for (track, basket) in [("stable", 100), ("baseline", 100), ("canary", canary)] {
                    let basket = basket + number * 7 % 13;
                    socket.send(format!("basket:{basket}|d|#track:{track}").as_bytes()).unwrap();
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        };
        self.case.installed.cluster.thread(push).unwrap();
    }
}

impl Drop for Collected<'_> {
    fn drop(&mut self) {
        let remove = ["delete", "--ignore-not-found", "secret/weir-sources"];
        let own = ["deployment/weir-collector", "service/weir-collector"];
        let remove = [&["--namespace", NAMESPACE], &remove[..], &own[..]].concat();
        let _ = self.case.installed.cluster.kubectl(remove);
    }
}

/// One who hears of releases, and the Secret that tells controllers of him, which goes with this.
struct Told<'c> {
    case: &'c Case,
    heard: Listener,
    /// Last: it listens by it.
    _runtime: Runtime,
}

impl<'c> Told<'c> {
    /// Controllers that start from now on know of him.
    fn begin(case: &'c Case) -> Self {
        let at = (case.installed.node.address(), 0);
        let listener = case.installed.inside(|| async { TcpListener::bind(at) }).unwrap();
        let runtime = Runtime::new().unwrap();
        let heard = runtime.block_on(async { Listener::on(listener, |_| 200) }).unwrap();
        let hook = json!({"url": format!("http://{}/", heard.address()), "key": "weir-notifiers/key"});
        let when = ["started", "succeeded", "failed"];
        let notifiers = json!({"notifiers": [{"name": "ledger", "when": when, "webhook": hook}]});
        let file = format!("--from-literal=notifiers.yaml={notifiers}");
        let key = "--from-literal=key=whsec_a2V5IG9mIHRoZSBsZWRnZXI=";
        case.installed.kubectl(&["create", "secret", "generic", "weir-notifiers", &file, key]);
        Self { case, heard, _runtime: runtime }
    }

    /// What he was told, once there is so much.
    fn heard(&self, count: usize) -> Vec<String> {
        until(&format!("{count} messages have come"), || {
            let heard = self.heard.heard();
            let what = |one: &Heard| one.body["type"].as_str().unwrap_or_default().to_owned();
            let is_signed = heard.iter().all(|one| one.header("webhook-signature").starts_with("v1,"));
            let heard: Vec<String> = heard.iter().map(what).collect();
            if is_signed && heard.len() >= count { Ok(heard) } else { Err(format!("{heard:?}")) }
        })
    }
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let remove = ["--namespace", NAMESPACE, "delete", "--ignore-not-found", "secret/weir-notifiers"];
        let _ = self.case.installed.cluster.kubectl(remove.to_vec());
    }
}

/// Closes when this is dropped, by a failure too.
struct Shop<'d>(&'d AtomicBool);

impl Drop for Shop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn config() -> Value {
    let query = json!({
        "type": "collector", "metricName": "basket", "aggregate": "mean", "labels": {"track": "${track}"}
    });
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "CanaryConfig", "metadata": {"name": "business"},
        "spec": {
            "metrics": [{
                "name": "basket", "groups": ["sales"], "query": query,
                "analysisConfigurations": {"canary": {"direction": "decrease", "critical": true}}
            }],
            "classifier": {"groupWeights": {"sales": 100}, "scoreThresholds": {"marginal": 50, "pass": 80}}
        }
    })
}

#[test]
fn what_programs_push_decides_where_requests_alone_would_not() {
    let Some(case) = Case::begin("pushed") else { return };
    let collected = Collected::begin(&case);
    let told = Told::begin(&case);
    let releases = Releases::begin(&case);
    case.apply(&[config()]);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let none = json!({"enabled": false, "margin": {}, "tolerance": {"absolutePercent": 1}});
    let metrics = json!({"canaryConfig": "business", "interval": "10s", "delay": "2s", "step": "1s"});
    let analysis =
        json!({"analysis": {"errors": none, "latency": none, "minRequests": 1, "metrics": metrics}});
    let steps = json!([{"setWeight": 40}, {"analysis": {"maxDuration": "2m"}}, {"setWeight": 50}]);
    for (version, basket, phase) in [("poor", 50, "Aborted"), ("sound", 100, "Promoted")] {
        let image = image(&case, version, "0%");
        let done = AtomicBool::new(false);
        let status = std::thread::scope(|scope| {
            scope.spawn(|| collected.buy(basket, &done));
            let _shop = Shop(&done);
            releases.release_with(&steps, &image, &analysis);
            releases.until_over(phase, &image)
        });
        let reason = status["release"]["reason"].as_str().unwrap_or_default();
        assert_eq!(
            phase == "Aborted",
            reason.contains("metrics: score 0 of 100 fails: basket Low"),
            "{status}"
        );
        releases.until_clean();
    }
    let what = ["started", "failed", "started", "succeeded"];
    assert_eq!(told.heard(4), what.map(|what| format!("dev.weir.release.{what}.v1")));
    let report = load.stop(&case, "requests");
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
}
