//! Shares of tracks, exact, and what overrides them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::client::{Client, get, request};
use crate::support::manifest::{Service, file, ingress, split, split3};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// Sends `n` requests over `clients` connections, some in one packet, and counts which upstream answered.
async fn spread(address: SocketAddr, clients: usize, n: usize) -> BTreeMap<String, usize> {
    const PACKET: usize = 50;
    let packet: String = (0..PACKET).map(|_| request("GET", "/", &[], "")).collect();
    let work = (0..clients).map(|_| {
        let packet = packet.clone();
        tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            let mut answers = BTreeMap::new();
            for _ in 0..n / clients / PACKET {
                client.send(&packet).await;
                for _ in 0..PACKET {
                    let reply = client.reply().await.unwrap();
                    *answers.entry(reply.text().lines().next().unwrap().to_owned()).or_insert(0) += 1;
                }
            }
            answers
        })
    });
    let mut all = BTreeMap::new();
    for answers in futures_join(work.collect()).await {
        for (name, n) in answers {
            *all.entry(name).or_insert(0) += n;
        }
    }
    all
}

async fn futures_join<T>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_track_gets_exactly_its_share() {
    let (a, b, c) =
        (Upstream::echo("stable").await, Upstream::echo("canary").await, Upstream::echo("baseline").await);
    let proxy = Proxy::start(&split3(&[a.address], (&[b.address], "10"), (&[c.address], "10")), &[]).await;
    let n = 100_000;
    let answers = spread(proxy.http(), 4, n).await;
    for (name, share) in [("stable", 0.8), ("canary", 0.1), ("baseline", 0.1)] {
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "small numbers")]
        let error = answers[name] as f64 - share * n as f64;
        assert!(error.abs() <= 1.0, "{name}: {answers:?}");
    }
    // What the users saw, what the upstreams saw and what the proxy counted are the same numbers.
    for (name, upstream) in [("stable", &a), ("canary", &b), ("baseline", &c)] {
        let counted = proxy.settled(name).await;
        assert_eq!(counted.outcomes.total(), upstream.requests(), "{name}");
        assert_eq!(counted.duration.count(), upstream.requests(), "{name}");
        assert_eq!(u64::try_from(answers[name]).unwrap(), upstream.requests(), "{name}");
    }
    assert!(a.connections() <= 8, "four clients need about four connections, not {}", a.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_worker_is_exact_by_itself() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let proxy = Proxy::start(&split(&[a.address], &[b.address], "33.33"), &["--workers", "3"]).await;
    let n = 6_000;
    let answers = spread(proxy.http(), 12, n).await;
    let canary = answers["canary"].abs_diff(n * 3333 / 10_000);
    assert!(canary <= 3, "one request a worker at most, not {canary}: {answers:?}");
    let counted =
        proxy.settled("stable").await.outcomes.total() + proxy.settled("canary").await.outcomes.total();
    assert_eq!(counted, u64::try_from(n).unwrap(), "merged over workers");
}

#[tokio::test]
async fn header_and_cookie_force_a_track() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let proxy = Proxy::start(&split(&[a.address], &[b.address], "0"), &[]).await;
    for (headers, track) in [
        (&[][..], "stable"),
        (&[("X-Track", "always")], "canary"),
        (&[("x-track", "canary")], "canary"),
        (&[("X-Track", "never")], "stable"),
        (&[("X-Track", "nonsense")], "stable"),
        (&[("Cookie", "a=b; track=always")], "canary"),
        (&[("Cookie", "track=always"), ("X-Track", "never")], "stable"),
    ] {
        let text = get(proxy.http(), "/", headers).await.text();
        assert_eq!(text.lines().next(), Some(track), "{headers:?}");
    }
}

#[tokio::test]
async fn a_user_without_a_cookie_gets_one_and_stays() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let objects = file(
        &[ingress("", "/", "web")],
        &[
            Service::new("web", &[a.address])
                .annotate("weir.dev/canary-service", "web-canary")
                .annotate("weir.dev/canary-weight", "50")
                .annotate("weir.dev/sticky", "cookie"),
            Service::new("web-canary", &[b.address]),
        ],
    );
    let proxy = Proxy::start(&objects, &[]).await;
    let mut tracks = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let first = proxy.get("/").await;
        let cookie = first.header("set-cookie").expect("a cookie").to_owned();
        assert!(cookie.starts_with("weir-user=") && cookie.contains("HttpOnly"), "{cookie}");
        let user = cookie.split(';').next().unwrap();
        let track = first.text().lines().next().unwrap().to_owned();
        for _ in 0..3 {
            let again = get(proxy.http(), "/", &[("Cookie", user)]).await;
            assert_eq!(again.text().lines().next(), Some(track.as_str()));
            assert_eq!(again.header("set-cookie"), None);
        }
        tracks.insert(track);
    }
    assert_eq!(tracks.len(), 2, "40 users at 50 % are on both tracks");
}

#[tokio::test]
async fn a_canary_without_endpoints_is_served_by_stable_and_counted() {
    let a = Upstream::echo("stable").await;
    let proxy = Proxy::start(&split(&[a.address], &[], "50"), &[]).await;
    for _ in 0..10 {
        assert_eq!(proxy.get("/").await.status, 200);
    }
    assert_eq!(a.requests(), 10);
    assert_eq!(proxy.metric("weir_track_replaced_total").await, 5);
}
