//! Copies of requests for the canary and the baseline of a release: where they go, what they cost users, and how they are counted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::http2;
use crate::support::client::{Client, get, request};
use crate::support::eventually;
use crate::support::proxy::Proxy;
use crate::support::release::Release;
use crate::support::upstream::{Told, Upstream};

/// An upstream that is told the X-Request-ID among others.
async fn listener(status: u16) -> (Upstream, Told) {
    Upstream::told(status, "x-request-id").await
}

fn sorted(told: &Told) -> Vec<String> {
    let mut told = told.lock().unwrap().clone();
    told.sort();
    told
}

fn all(more: &Value) -> Value {
    let mut route = json!({"name": "copy", "match": [{"path": {"prefix": "/"}}], "percentage": 100});
    route.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"mirrorRoutes": [route]})
}

async fn copied(proxy: &Proxy, result: &str, expected: u64) {
    let sample = format!("weir_mirror_requests_total{{result=\"{result}\"}}");
    eventually(&format!("{expected} {result}"), || async {
        (proxy.metric(&sample).await == expected).then_some(())
    })
    .await;
}

/// What the proxy counted, by track and group, once nothing is in flight.
async fn counts(proxy: &Proxy) -> BTreeMap<(String, String), (u64, u64)> {
    proxy.settled("stable").await;
    let mut counts = BTreeMap::new();
    for series in proxy.report().await.series {
        let count = counts.entry((series.key.track, series.key.group)).or_insert((0, 0));
        *count = (count.0 + series.counts.outcomes.total(), count.1 + series.counts.outcomes.errors());
    }
    counts
}

fn key(track: &str, group: &str) -> (String, String) {
    (track.to_owned(), group.to_owned())
}

#[tokio::test]
async fn both_get_the_same_copies_users_their_own_answers_and_the_counts_add_up() {
    let web = Upstream::echo("stable").await;
    let ((canary, by_canary), (baseline, by_baseline)) = (listener(500).await, listener(200).await);
    let mut release = Release::start(&[web.address], &[canary.address], &[baseline.address], &[]).await;
    let breaker = json!({"sinceEpoch": 1, "burst": true, "failedRequests": 0});
    let mut more = all(&json!({"unsafeMethods": true}));
    more["breaker"] = breaker;
    release.split(0, 0, more).await;
    let headers = [("Host", "h"), ("X-Request-ID", "0123456789abcdef0123456789abcdef")];
    let mut client = Client::connect(release.proxy.http()).await;
    assert_eq!(client.get("/a?b=c", &headers).await.text().lines().next(), Some("stable"));
    for body in ["small", "another"] {
        client.send(request("POST", "/p", &headers, body)).await;
        assert!(client.reply().await.unwrap().text().contains(&format!("body {body}\n")));
    }
    client
        .send("PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .await;
    assert!(client.reply().await.unwrap().text().contains("body abc\n"));
    let (status, _, text) = http2::answer(&release.proxy, ("POST", "http://h/2"), &[], "two").await;
    assert!(status == 200 && text.contains("body two\n"), "{text}");
    copied(&release.proxy, "answered", 10).await;

    let told = sorted(&by_canary);
    assert_eq!(told, sorted(&by_baseline), "like with like");
    let id = "0123456789abcdef0123456789abcdef";
    assert_eq!(told[0], format!("GET /a?b=c h {id} "));
    assert!(told[1].starts_with("POST /2 h ") && told[1].ends_with(" two"), "{told:?}");
    assert_eq!(told[2..4], [format!("POST /p h {id} another"), format!("POST /p h {id} small")]);
    assert!(told[4].starts_with("PUT /c h ") && told[4].ends_with(" abc"), "{told:?}");

    let expected = [
        (key("baseline", ""), (0, 0)),
        (key("canary", ""), (0, 0)),
        (key("shadow", "baseline"), (5, 0)),
        (key("shadow", "canary"), (5, 5)),
        (key("stable", ""), (5, 0)),
    ];
    assert_eq!(counts(&release.proxy).await, expected.into());
    assert_eq!(release.proxy.report().await.trips, BTreeMap::new(), "no user was failed");
    let metrics = release.proxy.admin("/metrics").await.text();
    assert!(!metrics.contains("track=\"shadow\""), "whoever adds up requests counts users: {metrics}");
    let sample = "weir_copies_total{route=\"shop/web/*/\",service=\"shop/web\",track=\"canary\",revision=\"web-canary-r1\",outcome=\"server_error\"}";
    assert_eq!(release.proxy.metric(sample).await, 5, "{metrics}");

    release.split(0, 0, json!({})).await;
    assert_eq!(client.get("/", &headers).await.status, 200);
    assert_eq!(
        counts(&release.proxy).await[&key("shadow", "canary")],
        (5, 5),
        "the end of the split ends the copies"
    );
}

#[tokio::test]
async fn a_share_is_exact_and_only_safe_methods_are_copied_by_themselves() {
    let web = Upstream::echo("stable").await;
    let ((canary, _), (baseline, _)) = (listener(200).await, listener(200).await);
    let mut release =
        Release::start(&[web.address], &[canary.address], &[baseline.address], &["--workers", "1"]).await;
    release.split(0, 0, all(&json!({"percentage": 25}))).await;
    let mut client = Client::connect(release.proxy.http()).await;
    for _ in 0..40 {
        assert_eq!(client.get("/", &[("Host", "h")]).await.status, 200);
        client.send(request("POST", "/", &[("Host", "h")], "body")).await;
        assert_eq!(client.reply().await.unwrap().status, 200);
    }
    copied(&release.proxy, "answered", 20).await;
    assert_eq!((canary.requests(), baseline.requests(), web.requests()), (10, 10, 80));
    // What the weights give the canary is a user's, and not copied.
    release.split(100, 0, all(&json!({}))).await;
    assert_eq!(client.get("/", &[("Host", "h")]).await.status, 200);
    assert_eq!(counts(&release.proxy).await[&key("shadow", "canary")].0, 10);
}

#[tokio::test]
async fn a_canary_that_hangs_or_is_gone_costs_users_nothing_and_no_more_copies_than_there_may_be() {
    let web = Upstream::echo("stable").await;
    let (silent, gone) = (Upstream::silent().await, Upstream::nowhere());
    for address in [silent.address, gone] {
        let (baseline, _) = listener(200).await;
        let mut release =
            Release::start(&[web.address], &[address], &[baseline.address], &["--workers", "1"]).await;
        release.split(0, 0, all(&json!({}))).await;
        let mut client = Client::connect(release.proxy.http()).await;
        for _ in 0..600 {
            let reply = client.get("/", &[("Host", "h")]).await;
            assert_eq!((reply.status, reply.text().lines().next()), (200, Some("stable")));
        }
        if address == gone {
            copied(&release.proxy, "failed", 600).await;
            assert_eq!(counts(&release.proxy).await[&key("shadow", "canary")], (600, 600));
        } else {
            // Each holds its place until it is given up, and a copy alone would be compared with nothing.
            eventually("copies are left out in pairs", || async {
                let busy = "weir_mirror_requests_total{result=\"dropped_busy\"}";
                let busy = release.proxy.metric(busy).await;
                (busy >= 2 * (600 - 512) && busy % 2 == 0).then_some(())
            })
            .await;
        }
        // A request is counted once its last byte is on the way, which the client may see first.
        eventually("all requests are counted", || async {
            (release.proxy.track("stable").await.outcomes.total() == 600).then_some(())
        })
        .await;
        release.proxy.ended().await;
    }
}

#[tokio::test]
async fn without_pods_of_either_nothing_is_copied() {
    let web = Upstream::echo("stable").await;
    let (baseline, _) = listener(200).await;
    let mut release = Release::start(&[web.address], &[], &[baseline.address], &[]).await;
    release.split(0, 0, all(&json!({}))).await;
    assert_eq!(get(release.proxy.http(), "/", &[("Host", "h")]).await.status, 200);
    copied(&release.proxy, "dropped_unready", 2).await;
    assert_eq!(baseline.requests(), 0);
}

#[tokio::test]
async fn an_answer_that_breaks_off_fails_and_half_a_request_is_not_copied() {
    let web = Upstream::echo("stable").await;
    let broken = Upstream::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort").await;
    let (baseline, told) = listener(200).await;
    let mut release = Release::start(&[web.address], &[broken.address], &[baseline.address], &[]).await;
    release.split(0, 0, all(&json!({"unsafeMethods": true}))).await;
    assert_eq!(get(release.proxy.http(), "/", &[("Host", "h")]).await.status, 200);
    copied(&release.proxy, "answered", 2).await;
    let seen = counts(&release.proxy).await;
    assert_eq!((seen[&key("shadow", "canary")], seen[&key("shadow", "baseline")]), ((1, 1), (1, 0)));
    let mut client = Client::connect(release.proxy.http()).await;
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf").await;
    eventually("stable has the request", || async { (web.requests() == 2).then_some(()) }).await;
    drop(client);
    copied(&release.proxy, "dropped_broken", 2).await;
    assert_eq!(told.lock().unwrap().len(), 1);
}
