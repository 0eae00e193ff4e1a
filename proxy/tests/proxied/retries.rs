//! Trying again, and rescue.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weir_telemetry::outcome::Outcome;

use crate::policies::ingress as annotated;
use crate::support::client::{Client, request};
use crate::support::manifest::{Service, file, simple, split};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn an_endpoint_that_refuses_costs_no_request_and_is_put_aside() {
    let (web, gone) = (Upstream::echo("web").await, Upstream::nowhere());
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
    let (one, two) = (Upstream::nowhere(), Upstream::nowhere());
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
    let (stable, gone) = (Upstream::echo("stable").await, Upstream::nowhere());
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
    let (stable, gone) = (Upstream::echo("stable").await, Upstream::nowhere());
    let proxy = Proxy::start(&split(&[stable.address], &[gone], "100"), &["--rescue", "off"]).await;
    assert_eq!(proxy.get("/").await.status, 502);
    assert_eq!(stable.requests(), 0);
}

/// Host `h` with annotations of nginx.
async fn with(endpoints: &[std::net::SocketAddr], annotations: &[(&str, &str)]) -> Proxy {
    let rules = annotated("web", ("/", "Prefix"), "web", annotations);
    Proxy::start(&file(&[rules], &[Service::new("web", endpoints)]), &[]).await
}

#[tokio::test]
async fn a_route_says_after_which_answers_another_endpoint_is_tried() {
    let (broken, good) = (Upstream::status(503).await, Upstream::echo("good").await);
    let proxy = with(&[broken.address, good.address], &[("proxy-next-upstream", "error http_503")]).await;
    for _ in 0..8 {
        assert_eq!(crate::support::client::get(proxy.http(), "/", &[("Host", "h")]).await.status, 200);
        assert_eq!(crate::http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 200);
    }
    assert!(broken.requests() > 0);
    // What has a body is not sent twice.
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..24 {
        let mut client = crate::support::client::Client::connect(proxy.http()).await;
        client.send(crate::support::client::request("POST", "/", &[("Host", "h")], "abc")).await;
        statuses.insert(client.reply().await.unwrap().status);
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [200, 503]);
}

#[tokio::test]
async fn a_route_may_want_no_other_endpoint_or_only_so_many() {
    let (one, two, good) =
        (Upstream::status(502).await, Upstream::status(502).await, Upstream::echo("good").await);
    let endpoints = [one.address, two.address, good.address];
    let annotations = [("proxy-next-upstream", "http_502"), ("proxy-next-upstream-tries", "2")];
    let proxy = with(&endpoints, &annotations).await;
    for n in 1..=20 {
        crate::support::client::get(proxy.http(), "/", &[("Host", "h")]).await;
        assert!(one.requests() + two.requests() + good.requests() <= 2 * n);
    }
    let nowhere = Upstream::nowhere();
    let off = with(&[nowhere, good.address], &[("proxy-next-upstream", "off")]).await;
    let mut statuses = std::collections::BTreeSet::new();
    for _ in 0..24 {
        statuses.insert(crate::support::client::get(off.http(), "/", &[("Host", "h")]).await.status);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(statuses.contains(&502), "{statuses:?}");
}

#[tokio::test]
async fn cases_that_nobody_knows_are_said() {
    let web = Upstream::echo("web").await;
    let annotations = [
        ("proxy-next-upstream", "error http_418"),
        ("proxy-next-upstream-tries", "x"),
        ("connection-proxy-header", "x"),
    ];
    let proxy = with(&[web.address], &annotations).await;
    let problems = proxy.admin("/debug/problems").await.text();
    for words in
        ["http_418: nginx knows no such case", "is not a whole number", "is neither close nor keep-alive"]
    {
        assert!(problems.contains(words), "{problems}");
    }
    let proxy = with(&[web.address], &[("proxy-next-upstream", "error non_idempotent")]).await;
    assert!(proxy.admin("/debug/problems").await.text().contains("non_idempotent is not supported"));
}

#[tokio::test]
async fn an_upstream_gets_the_connection_that_its_route_names() {
    let web = Upstream::echo("web").await;
    let proxy = with(&[web.address], &[("connection-proxy-header", "close")]).await;
    for n in 1..=3 {
        let text = crate::support::client::get(proxy.http(), "/", &[("Host", "h")]).await.text();
        assert!(text.contains("connection: close\n"), "{text}");
        assert_eq!(web.connections(), n);
    }
}
