//! Trying again, and rescue.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weir_telemetry::outcome::Outcome;

use crate::support::client::{Client, request};
use crate::support::manifest::{simple, split};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn an_endpoint_that_refuses_costs_no_request_and_is_put_aside() {
    let (web, gone) = (Upstream::echo("web").await, Upstream::nowhere().await);
    let proxy = Proxy::start(&simple(&[gone, web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..50 {
        client.send(request("POST", "/", &[], "body")).await;
        assert_eq!(client.reply().await.unwrap().status, 200);
    }
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.get(Outcome::Success), counts.outcomes.total()), (50, 50));
    assert!(
        (1..10).contains(&counts.retries),
        "{} retries: aside for a while, not asked each time",
        counts.retries
    );
    assert_eq!(proxy.metric("weir_upstream_connects_failed_total").await, counts.retries);
}

#[tokio::test]
async fn all_endpoints_refusing_is_502_after_every_one_was_tried() {
    let (one, two) = (Upstream::nowhere().await, Upstream::nowhere().await);
    let proxy = Proxy::start(&simple(&[one, two]), &[]).await;
    for n in 1..=3 {
        assert_eq!(proxy.get("/").await.status, 502, "aside or not, somebody must be asked");
        let counts = proxy.settled("stable").await;
        assert_eq!((counts.outcomes.get(Outcome::ConnectFailed), counts.retries), (n, n));
    }
}

#[tokio::test]
async fn a_get_that_was_reset_is_tried_once_on_another_endpoint() {
    let reset = Upstream::scripted(|_stream| async {}).await;
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[reset.address, web.address]), &[]).await;
    for _ in 0..20 {
        assert_eq!(proxy.get("/").await.status, 200);
    }
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.get(Outcome::Success), counts.outcomes.total()), (20, 20));
    assert!(counts.retries > 0);
    assert_eq!(counts.retries, reset.requests());
}

#[tokio::test]
async fn a_post_that_was_reset_is_not_tried_again() {
    let reset = Upstream::scripted(|_stream| async {}).await;
    let proxy = Proxy::start(&simple(&[reset.address, reset.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/", &[], "pay 100")).await;
    assert_eq!(client.reply().await.unwrap().status, 502);
    assert_eq!(reset.requests(), 1);
    assert_eq!(proxy.settled("stable").await.retries, 0);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_without_the_user_noticing() {
    // Answers one request a connection without saying so, then closes when the next one comes.
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..10 {
        assert_eq!(client.get("/", &[]).await.status, 200);
    }
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.get(Outcome::Success), counts.outcomes.total()), (10, 10));
}

#[tokio::test]
async fn the_canarys_failures_are_rescued_and_count_against_it() {
    let stable = Upstream::echo("stable").await;
    let reset = Upstream::scripted(|_stream| async {}).await;
    let proxy = Proxy::start(&split(&[stable.address], &[reset.address], "50"), &[]).await;
    for _ in 0..20 {
        let reply = proxy.get("/").await;
        assert_eq!((reply.status, reply.text().lines().next()), (200, Some("stable")));
    }
    let (s, c) = (proxy.settled("stable").await, proxy.settled("canary").await);
    assert_eq!((c.outcomes.get(Outcome::UpstreamReset), c.outcomes.total(), c.rescued), (10, 10, 10));
    assert_eq!((s.outcomes.get(Outcome::Success), s.outcomes.total(), s.rescued), (20, 20, 0));
    assert_eq!(s.outcomes.total() + c.outcomes.total(), 20 + c.rescued, "requests of users and rescued");
    assert_eq!(proxy.metric("weir_rescued_total{route=\"shop/web/*/\",service=\"shop/web\",track=\"canary\",revision=\"web-canary-r1\"}").await, 10);
}

#[tokio::test]
async fn a_refused_canary_is_rescued_whatever_the_method() {
    let (stable, gone) = (Upstream::echo("stable").await, Upstream::nowhere().await);
    let proxy = Proxy::start(&split(&[stable.address], &[gone], "100"), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/", &[], "pay 100")).await;
    let reply = client.reply().await.unwrap();
    assert!(reply.status == 200 && reply.text().contains("body pay 100\n"), "{}", reply.text());
    let c = proxy.settled("canary").await;
    assert_eq!((c.outcomes.get(Outcome::ConnectFailed), c.rescued), (1, 1));
}

#[tokio::test]
async fn what_was_sent_and_is_not_idempotent_is_not_rescued() {
    let stable = Upstream::echo("stable").await;
    let reset = Upstream::scripted(|_stream| async {}).await;
    let proxy = Proxy::start(&split(&[stable.address], &[reset.address], "100"), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/", &[], "pay 100")).await;
    assert_eq!(client.reply().await.unwrap().status, 502);
    assert_eq!((stable.requests(), proxy.settled("canary").await.rescued), (0, 0));
}

#[tokio::test]
async fn server_errors_are_rescued_only_where_that_is_asked_for() {
    let (stable, broken) = (Upstream::echo("stable").await, Upstream::status(503).await);
    let objects = split(&[stable.address], &[broken.address], "100");
    for (flags, status, rescued) in
        [(&[][..], 503, 0), (&["--rescue", "errors"], 200, 1), (&["--rescue", "off"], 503, 0)]
    {
        let proxy = Proxy::start(&objects, flags).await;
        assert_eq!(proxy.get("/").await.status, status, "{flags:?}");
        let c = proxy.settled("canary").await;
        assert_eq!(
            (c.outcomes.get(Outcome::ServerError), c.outcomes.total(), c.rescued),
            (1, 1, rescued),
            "{flags:?}"
        );
    }
}

#[tokio::test]
async fn rescue_off_shows_the_canarys_failure() {
    let (stable, gone) = (Upstream::echo("stable").await, Upstream::nowhere().await);
    let proxy = Proxy::start(&split(&[stable.address], &[gone], "100"), &["--rescue", "off"]).await;
    assert_eq!(proxy.get("/").await.status, 502);
    assert_eq!(stable.requests(), 0);
}
