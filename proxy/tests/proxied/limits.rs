//! Limits of what one client may ask: rates, requests in flight, and who is exempt.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use crate::http2;
use crate::policies::ingress;
use crate::support::client::{Client, get, request};
use crate::support::eventually;
use crate::support::manifest::{Service, file};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const TRUSTING: [&str; 4] = ["--trust-forwarded", "127.0.0.0/8", "--workers", "2"];

async fn proxy(web: &Upstream, annotations: &[(&str, &str)]) -> Proxy {
    let paths = [("one", ("/one", "Prefix")), ("two", ("/two", "Prefix"))];
    let rules = paths.map(|(name, path)| ingress(name, path, "web", annotations));
    Proxy::start(&file(&rules, &[Service::new("web", &[web.address])]), &TRUSTING).await
}

async fn ask(proxy: &Proxy, path: &str, client: &str) -> u16 {
    get(proxy.http(), path, &[("Host", "h"), ("X-Forwarded-For", client)]).await.status
}

/// Answers of `n` requests: how many were served, how many refused.
async fn asked(proxy: &Proxy, n: usize, path: &str, client: &str) -> (usize, usize) {
    let (mut served, mut refused) = (0, 0);
    for _ in 0..n {
        match ask(proxy, path, client).await {
            200 => served += 1,
            503 => refused += 1,
            other => panic!("{other}"),
        }
    }
    (served, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_may_ask_the_burst_at_once_whichever_worker_it_comes_to() {
    let web = Upstream::echo("web").await;
    let proxy = proxy(&web, &[("limit-rpm", "2"), ("limit-burst-multiplier", "3")]).await;
    // One makes the bucket, and six are the burst.
    assert_eq!(asked(&proxy, 20, "/one", "192.0.2.1").await, (7, 13));
    // Clients and Ingresses are counted apart, and protocols are not.
    assert_eq!(asked(&proxy, 9, "/one", "2001:db8::1").await, (7, 2));
    assert_eq!(asked(&proxy, 9, "/two", "192.0.2.1").await, (7, 2));
    let forwarded = [("x-forwarded-for", "192.0.2.1")];
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/one"), &forwarded, "").await.0, 503);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"rate\"}").await, 18);
}

#[tokio::test]
async fn a_rate_by_the_second_lets_clients_in_again() {
    let web = Upstream::echo("web").await;
    let proxy = proxy(&web, &[("limit-rps", "5"), ("limit-burst-multiplier", "1"), ("limit-rpm", "0")]).await;
    let (served, refused) = asked(&proxy, 20, "/one", "192.0.2.1").await;
    assert!(refused > 0 && served >= 6, "{served} {refused}");
    tokio::time::sleep(std::time::Duration::from_millis(450)).await;
    assert_eq!(ask(&proxy, "/one", "192.0.2.1").await, 200);
}

#[tokio::test]
async fn requests_in_flight_are_limited_and_tunnels_are_among_them() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
            .await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let proxy = proxy(&web, &[("limit-connections", "2")]).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect(proxy.http()).await;
        client
            .send(request("GET", "/one", &[("Host", "h"), ("Connection", "upgrade"), ("Upgrade", "x")], ""))
            .await;
        assert_eq!(client.reply().await.unwrap().status, 101);
        held.push(client);
    }
    assert_eq!(get(proxy.http(), "/one", &[("Host", "h")]).await.status, 503);
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/one"), &[], "").await.0, 503);
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"connections\"}").await, 2);
    drop(held);
    eventually("the tunnels have gone", || async {
        let mut client = Client::connect(proxy.http()).await;
        client
            .send(request("GET", "/one", &[("Host", "h"), ("Connection", "upgrade"), ("Upgrade", "x")], ""))
            .await;
        (client.reply().await.unwrap().status == 101).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_on_its_way_is_in_flight_and_one_that_has_ended_is_not() {
    // The upstream says when an answer is on its way, and ends it when it is told to.
    let (begun, goes_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let both = (Arc::clone(&begun), Arc::clone(&goes_on));
    let web = Upstream::scripted(move |mut stream| {
        let (begun, goes_on) = both.clone();
        async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na").await;
            begun.add_permits(1);
            goes_on.acquire().await.unwrap().forget();
            let _ = stream.write_all(b"b").await;
        }
    })
    .await;
    let proxy = proxy(&web, &[("limit-connections", "1")]).await;
    let second = async || {
        begun.acquire().await.unwrap().forget();
        let status = ask(&proxy, "/one", "127.0.0.1").await;
        goes_on.add_permits(1);
        status
    };
    let (first, meanwhile) = tokio::join!(ask(&proxy, "/one", "127.0.0.1"), second());
    assert_eq!((first, meanwhile), (200, 503));
    let first = async || http2::answer(&proxy, ("GET", "http://h/one"), &[], "").await.0;
    // The client may see the end of the first before the proxy has counted it.
    let both = eventually("the place of the first is free", || async {
        match select(pin!(first()), pin!(second())).await {
            Either::Left((refused, _)) => {
                assert_eq!(refused, 503);
                None
            }
            Either::Right((meanwhile, first)) => Some((first.await, meanwhile)),
        }
    });
    assert_eq!(both.await, (200, 503));
}

#[tokio::test]
async fn whoever_is_exempt_is_not_counted_and_a_limit_that_is_none_closes_the_route() {
    let web = Upstream::echo("web").await;
    let limits = [("limit-rpm", "1"), ("limit-allowlist", "192.0.2.0/24")];
    let limited = proxy(&web, &limits).await;
    assert_eq!(asked(&limited, 20, "/one", "192.0.2.1").await, (20, 0));
    assert_eq!(asked(&limited, 8, "/one", "198.51.100.1").await, (6, 2));
    for bad in [("limit-rps", "many"), ("limit-connections", "-1"), ("limit-rate", "5k")] {
        let before = web.requests();
        let closed = proxy(&web, &[bad]).await;
        assert_eq!((ask(&closed, "/one", "192.0.2.1").await, web.requests()), (503, before), "{bad:?}");
    }
}
