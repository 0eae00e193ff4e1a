//! A canary that fails is taken out by the proxy alone: within a few requests, and within the budget of its release.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use http::Response;
use serde_json::{Value, json};

use crate::http2;
use crate::support::client::{Client, get};
use crate::support::eventually;
use crate::support::proxy::Proxy;
use crate::support::release::Release;
use crate::support::upstream::{Upstream, full};

fn breaker(since_epoch: u64, failed_requests: Option<u64>) -> Value {
    json!({"breaker": {"sinceEpoch": since_epoch, "burst": failed_requests.is_none(), "failedRequests": failed_requests}})
}

/// An upstream that fails this share of its requests, evenly.
async fn failing(percent: u64) -> Upstream {
    let number = Arc::new(AtomicU64::new(0));
    Upstream::serve(false, move |_| {
        let before = number.fetch_add(1, SeqCst) * percent / 100;
        let fails = number.load(SeqCst) * percent / 100 > before;
        let status = if fails { 500 } else { 200 };
        Box::pin(async move { Response::builder().status(status).body(full("")).unwrap() })
    })
    .await
}

/// Sends this many requests one after the other; how many failed.
async fn failures_of(proxy: &Proxy, requests: usize) -> u64 {
    let mut client = Client::connect(proxy.http()).await;
    let mut failures = 0;
    for _ in 0..requests {
        failures += u64::from(client.get("/", &[]).await.status >= 500);
    }
    failures
}

async fn tripped(proxy: &Proxy) -> Option<(u64, String)> {
    proxy.report().await.trips.get("shop/web").map(|trip| (trip.since_epoch, trip.kind.clone()))
}

#[tokio::test]
async fn a_burst_that_stable_does_not_share_ends_the_canary_within_a_few_requests() {
    for (percent, most) in [(100, 16), (20, 200)] {
        let (a, b, c) =
            (Upstream::echo("stable").await, failing(percent).await, Upstream::echo("baseline").await);
        let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
        release.split(20, 20, breaker(1, None)).await;
        let proxy = &release.proxy;
        let failures = failures_of(proxy, 1500).await;
        assert!(b.requests() <= most, "{percent} %: {} requests until it was told", b.requests());
        assert_eq!(proxy.settled("canary").await.outcomes.errors(), failures);
        assert_eq!(tripped(proxy).await, Some((1, "burst".to_owned())));
        assert_eq!(proxy.metric("weir_breaker_open{canary=\"shop/web\",kind=\"burst\"}").await, 1);
        let seen = b.requests();
        assert_eq!(proxy.metric("weir_breaker_kept_off_total").await, 300 - seen);
        // A new weight of the same release changes nothing; another release begins anew.
        release.split(100, 0, breaker(1, None)).await;
        assert_eq!(failures_of(&release.proxy, 20).await, 0);
        assert_eq!(b.requests(), seen);
        release.split(100, 0, breaker(3, None)).await;
        failures_of(&release.proxy, 5).await;
        assert_eq!(b.requests(), seen + 5);
        assert_eq!(tripped(&release.proxy).await, None);
    }
}

#[tokio::test]
async fn what_stable_fails_as_well_is_no_burst() {
    let (a, b, c) = (failing(100).await, failing(100).await, failing(100).await);
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    release.split(20, 20, breaker(1, None)).await;
    assert_eq!(failures_of(&release.proxy, 1000).await, 1000);
    assert_eq!((tripped(&release.proxy).await, b.requests()), (None, 200));
}

#[tokio::test]
async fn no_more_users_fail_than_the_budget_says_however_many_ask_at_once() {
    let (a, c) = (Upstream::echo("stable").await, Upstream::echo("baseline").await);
    // It answers late, so that many requests are on their way to it when the first one fails.
    let b = Upstream::serve(false, |_| {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Response::builder().status(500).body(full("")).unwrap()
        })
    })
    .await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &["--workers", "2"]).await;
    release.split(100, 0, breaker(1, Some(7))).await;
    let address = release.proxy.http();
    let all: Vec<_> = (0..40)
        .map(|_| {
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut failures = 0;
                for _ in 0..10 {
                    failures += u64::from(client.get("/", &[]).await.status >= 500);
                }
                failures
            })
        })
        .collect();
    let mut failures = 0;
    for one in all {
        failures += one.await.unwrap();
    }
    assert_eq!((failures, b.requests()), (7, 7));
    assert_eq!(tripped(&release.proxy).await, Some((1, "budget".to_owned())));
    assert_eq!(release.proxy.settled("stable").await.outcomes.total(), 393);
    // Neither who asks for the canary nor who speaks HTTP/2 gets there.
    let routes = json!([{"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}}]);
    let mut more = breaker(1, Some(7));
    more["headerRoutes"] = routes;
    release.split(50, 0, more).await;
    assert_eq!(get(address, "/", &[("x-beta", "yes")]).await.status, 200);
    assert_eq!(http2::answer(&release.proxy, ("GET", "http://h/"), &[("x-beta", "yes")], "").await.0, 200);
    assert_eq!(b.requests(), 7);
}

#[tokio::test]
async fn a_rescued_request_costs_nothing_of_the_budget_and_is_still_a_failure() {
    let (a, c) = (Upstream::echo("stable").await, Upstream::echo("baseline").await);
    // Every connection is closed at once.
    let b = Upstream::scripted(|stream| async move { drop(stream) }).await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    let mut more = breaker(1, Some(2));
    more["breaker"]["burst"] = true.into();
    release.split(50, 0, more).await;
    assert_eq!(failures_of(&release.proxy, 200).await, 0, "stable answers for it");
    let canary = release.proxy.settled("canary").await;
    assert_eq!(canary.outcomes.errors(), canary.rescued);
    assert!((7..40).contains(&canary.rescued), "{}", canary.rescued);
    assert_eq!(tripped(&release.proxy).await, Some((1, "burst".to_owned())), "it failed all the same");
}

#[tokio::test]
async fn who_goes_away_costs_nothing_and_gives_back_what_was_taken() {
    let (a, c) = (Upstream::echo("stable").await, Upstream::echo("baseline").await);
    let b = Upstream::serve(false, |_| Box::pin(std::future::pending())).await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    release.split(100, 0, breaker(1, Some(1))).await;
    for gone in 1..=3 {
        let mut client = Client::connect(release.proxy.http()).await;
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        eventually("the canary has it", || async { (b.requests() == gone).then_some(()) }).await;
        // The one that may fail is on its way.
        assert_eq!(get(release.proxy.http(), "/", &[]).await.text().lines().next(), Some("stable"));
        drop(client);
        release.proxy.settled("canary").await;
    }
    assert_eq!(tripped(&release.proxy).await, None);
}
