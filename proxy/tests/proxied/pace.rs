//! `limit-rate`: answers that go out no faster than their route says.

use std::time::{Duration, Instant};

use http::Response;
use weir_telemetry::outcome::Outcome;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get, request};
use crate::support::eventually;
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// Answers with as many bytes as the path says.
async fn bytes(h2: bool) -> Upstream {
    Upstream::serve(h2, |request| {
        Box::pin(async move {
            let size = request.uri().path().trim_start_matches('/').parse().unwrap();
            Response::new(full(vec![b'x'; size]))
        })
    })
    .await
}

async fn start(web: &Upstream, h2: bool, annotations: &[(&str, &str)], flags: &[&str]) -> Proxy {
    let service = Service::new("web", &[web.address]);
    let service = if h2 { service.h2c() } else { service };
    Proxy::start(&file(&[ingress("web", ("/", "Prefix"), "web", annotations)], &[service]), flags).await
}

#[tokio::test]
async fn an_answer_takes_its_time_and_is_whole() {
    for h2 in [false, true] {
        let web = bytes(h2).await;
        let proxy = start(&web, h2, &[("limit-rate", "100")], &[]).await;
        // The first second's 100 KiB go out at once, and 50 more take half a second.
        let mut client = Client::connect(proxy.http()).await;
        for _ in 0..2 {
            let start = Instant::now();
            let reply = client.get("/153600", &[("Host", "h")]).await;
            assert!(reply.complete && reply.body.len() == 150 * 1024, "{}", reply.body.len());
            assert!(start.elapsed() > Duration::from_millis(400), "{:?}", start.elapsed());
        }
        let start = Instant::now();
        let (status, _, text) = http2::answer(&proxy, ("GET", "http://h/153600"), &[], "").await;
        assert_eq!((status, text.len()), (200, 150 * 1024));
        assert!(start.elapsed() > Duration::from_millis(400), "{:?}", start.elapsed());
        let counts = proxy.settled("stable").await;
        assert_eq!((counts.outcomes.get(Outcome::Success), counts.outcomes.total()), (3, 3));
    }
}

#[tokio::test]
async fn what_is_below_the_limit_does_not_wait() {
    // At 1 KiB a second these would take a minute, which no test has.
    let web = bytes(false).await;
    for annotations in [
        &[("limit-rate", "1"), ("limit-rate-after", "64")][..],
        &[("limit-rate", "0")],
        &[("limit-rate-after", "1")],
        &[("limit-rate", "4294967295")],
    ] {
        let proxy = start(&web, false, annotations, &[]).await;
        let mut client = Client::connect(proxy.http()).await;
        client.send(request("HEAD", "/61440", &[("Host", "h")], "")).await;
        assert_eq!(client.reply_to("HEAD").await.unwrap().header("content-length"), Some("61440"));
        assert_eq!(get(proxy.http(), "/61440", &[("Host", "h")]).await.body.len(), 60 * 1024);
        let (_, _, text) = http2::answer(&proxy, ("GET", "http://h/61440"), &[], "").await;
        assert_eq!(text.len(), 60 * 1024);
    }
}

#[tokio::test]
async fn a_client_that_is_held_back_does_not_stall() {
    let web = bytes(false).await;
    let flags = ["--write-timeout", "300ms", "--response-body-timeout", "300ms"];
    let proxy = start(&web, false, &[("limit-rate", "20")], &flags).await;
    let reply = get(proxy.http(), "/40960", &[("Host", "h")]).await;
    assert!(reply.complete && reply.body.len() == 40 * 1024);
    let (_, _, text) = http2::answer(&proxy, ("GET", "http://h/40960"), &[], "").await;
    assert_eq!(text.len(), 40 * 1024);
    assert_eq!(proxy.metric("weir_connections_cut_total{reason=\"write_stall\"}").await, 0);
}

#[tokio::test]
async fn a_client_that_goes_away_meanwhile_is_noticed() {
    let web = bytes(false).await;
    let proxy = start(&web, false, &[("limit-rate", "1")], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("GET", "/1048576", &[("Host", "h")], "")).await;
    assert!(!client.bytes(100).await.is_empty());
    drop(client);
    proxy.outcome("stable", Outcome::ClientAborted, 1).await;
    eventually("nothing is in flight", || async {
        (proxy.track("stable").await.in_flight == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_is_no_number_closes_the_ingress() {
    let web = bytes(false).await;
    for (name, value) in [("limit-rate", "10k"), ("limit-rate", "-1"), ("limit-rate-after", "some")] {
        let proxy = start(&web, false, &[(name, value)], &[]).await;
        assert_eq!(get(proxy.http(), "/1", &[("Host", "h")]).await.status, 503, "{name}: {value}");
        let problems = proxy.admin("/debug/problems").await.text();
        assert!(problems.contains("is not a whole number of kilobytes"), "{problems}");
    }
    assert_eq!(web.requests(), 0);
}
