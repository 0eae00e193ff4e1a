//! What the admin port tells.

use crate::support::client::{Client, get};
use crate::support::manifest::{file, simple, split};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn metrics_have_the_names_and_labels_that_queries_use() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::status(500).await);
    let proxy = Proxy::start(&split(&[a.address], &[b.address], "50"), &[]).await;
    for _ in 0..4 {
        proxy.get("/").await;
    }
    proxy.settled("stable").await;
    let text = proxy.admin("/metrics").await.text();
    for line in [
        "weir_requests_total{route=\"shop/web/*/\",service=\"shop/web\",track=\"stable\",revision=\"web-r1\",outcome=\"success\"} 2",
        "weir_requests_total{route=\"shop/web/*/\",service=\"shop/web\",track=\"canary\",revision=\"web-canary-r1\",outcome=\"server_error\"} 2",
        "weir_request_duration_seconds_count{route=\"shop/web/*/\",service=\"shop/web\",track=\"canary\",revision=\"web-canary-r1\"} 2",
        "http_request_duration_ms_count{namespace=\"shop\",pod=\"web-canary\"} 2",
        "http_request_duration_ms_bucket{namespace=\"shop\",pod=\"web\",le=\"10000\"} 2",
        "weir_split_weight{route=\"shop/web/*/\",track=\"canary\"} 0.5",
        "weir_table_generation 1",
        "weir_problems{severity=\"error\"} 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
    }
    assert!(text.contains("http_request_duration_ms_sum{namespace=\"shop\",pod=\"web-canary\"} "));
    assert!(text.contains("weir_build_info{version="));
}

#[tokio::test]
async fn a_canary_without_traffic_is_in_the_report_with_zero() {
    let a = Upstream::echo("stable").await;
    let proxy = Proxy::start(&split(&[a.address], &[a.address], "0"), &[]).await;
    let report = proxy.report().await;
    let tracks: Vec<_> =
        report.series.iter().map(|s| (s.key.track.as_str(), s.counts.outcomes.total())).collect();
    assert_eq!(tracks, [("canary", 0), ("stable", 0)]);
    assert!(report.instance.starts_with("weir-proxy-"));
    let later = proxy.report().await;
    assert!(later.generated_at_unix_micros > report.generated_at_unix_micros);
    assert_eq!(later.started_at_unix_micros, report.started_at_unix_micros);
}

#[tokio::test]
async fn first_requests_to_a_new_endpoint_are_warm_up() {
    let a = Upstream::echo("stable").await;
    let proxy = Proxy::start(&simple(&[a.address]), &["--warmup-requests", "3"]).await;
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..10 {
        client.get("/", &[]).await;
    }
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.total(), counts.warmup.count(), counts.duration.count()), (10, 3, 7));
}

#[tokio::test]
async fn a_decision_is_explained() {
    let a = Upstream::echo("stable").await;
    let proxy = Proxy::start(&split(&[a.address], &[a.address], "25"), &[]).await;
    let reply = proxy.admin("/debug/routes?host=any.example&path=%2Fx%3Fq&header=X-Track:canary").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json: serde_json::Value = serde_json::from_str(&reply.text()).unwrap();
    assert!(json.is_object(), "{json}");
    for bad in ["host=a%20b", "path=%2F%2500", "nonsense=1", "client=x", "header=x"] {
        let reply = proxy.admin(&format!("/debug/routes?{bad}")).await;
        assert_eq!(reply.status, 400, "{bad}");
        assert!(reply.text().contains("error"), "{bad}");
    }
}

#[tokio::test]
async fn the_other_pages_answer() {
    let proxy = Proxy::start(&file(&[], &[]), &[]).await;
    assert_eq!(proxy.admin("/livez").await.status, 200);
    assert_eq!(proxy.admin("/readyz").await.status, 200);
    assert!(proxy.admin("/").await.text().contains("/report/v1"));
    assert_eq!(proxy.admin("/nothing").await.status, 404);
    assert_eq!(get(proxy.bound.admin, "/livez", &[("Connection", "close")]).await.status, 200);
}

#[tokio::test]
async fn bound_addresses_are_announced_and_a_taken_port_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let announce = directory.path().join("addresses.json");
    let proxy = Proxy::start(&file(&[], &[]), &["--announce", announce.to_str().unwrap()]).await;
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(announce).unwrap()).unwrap();
    assert_eq!(json["http"][0], proxy.http().to_string());
    assert_eq!(json["admin"], proxy.bound.admin.to_string());
    let taken = proxy.http().to_string();
    let objects = directory.path().display().to_string();
    let args = ["weir-proxy", "--objects", &objects, "--listen", &taken, "--admin", "127.0.0.1:0"];
    let config =
        weir_proxy::Config::try_from(<weir_proxy::Args as clap::Parser>::try_parse_from(args).unwrap())
            .unwrap();
    let feed = weir_proxy::feed::DirectoryFeed::open(&config.objects).unwrap();
    let error = weir_proxy::App::build(config, feed).err().expect("the port is taken");
    assert_eq!(error.to_string(), format!("cannot listen on {taken}"));
}
