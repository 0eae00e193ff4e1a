//! What dashboard and alerting rules ask for, against what the programs tell Prometheus: each name is one that they have.

use std::collections::BTreeSet;

use weir_api::status::Phase;
use weir_tests::client::once;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

const ASKED: [(&str, &str); 2] = [
    ("dashboard.json", include_str!("../../../manifests/components/monitoring/dashboard.json")),
    ("rules.yaml", include_str!("../../../manifests/components/monitoring/rules.yaml")),
];

/// Names of metrics in a text: they all begin alike.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("weir_")).collect()
}

#[tokio::test]
async fn dashboard_and_rules_ask_for_metrics_that_there_are() {
    let services = sample::deployment("shop", 1, "shop:v1")
        + &sample::local_image("shop:v1", &["--version-name=v1"])
        + &sample::local_image("shop:v2", &["--version-name=v2"]);
    // With a release that goes on, there is one of everything.
    let canary = sample::canary("shop", &["setWeight: 50", "pause: {}"], Some("shop:v2"));
    let manifests = [("services.yaml", services), ("canary.yaml", canary)];
    let weir = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
    let load = Load::users(&weir, &["shop"], 40.0).await.unwrap();
    let paused =
        |view: &weir_controller::view::ReleaseView| view.phase == Phase::Paused && view.verdict.is_some();
    weir.wait_for("test/shop", "paused", paused).await;
    load.completes(load.totals().completed + 40).await;

    let controller = weir.controller.as_ref().unwrap().address("admin").unwrap();
    let with_tls = Standalone::proxy(&[], &["--listen-tls", "127.0.0.1:0"]).await.unwrap();
    let mut told = String::new();
    for address in [weir.admin_address().unwrap(), with_tls.admin_address().unwrap(), controller] {
        told += &once(address, "/metrics", &[]).await.unwrap().body;
    }
    load.stop().await.unwrap();
    let there = names(&told);
    for (file, text) in ASKED {
        let asked = names(text);
        assert!(asked.len() > 8, "{file}: {asked:?}");
        let unknown: Vec<_> = asked.difference(&there).collect();
        assert_eq!(unknown, [&""; 0], "{file} asks for what no program tells");
    }
}
