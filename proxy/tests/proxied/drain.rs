//! The way out: nobody who was promised an answer goes without.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::support::client::{Client, request};
use crate::support::eventually;
use crate::support::manifest::simple;
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// An upstream that answers when it is told to.
async fn held() -> (Upstream, std::sync::Arc<tokio::sync::Notify>) {
    let go = std::sync::Arc::new(tokio::sync::Notify::new());
    let waiting = std::sync::Arc::clone(&go);
    let upstream = Upstream::serve(false, move |_| {
        let waiting = std::sync::Arc::clone(&waiting);
        Box::pin(async move {
            waiting.notified().await;
            http::Response::new(full("late"))
        })
    })
    .await;
    (upstream, go)
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_the_connection_ends() {
    let (web, go) = held().await;
    let mut proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let (mut busy, mut idle) = (Client::connect(proxy.http()).await, Client::connect(proxy.http()).await);
    busy.send(request("GET", "/", &[], "")).await;
    eventually("the upstream has it", || async { (web.requests() == 1).then_some(()) }).await;
    // The idle connection is known to be served before the drain begins.
    idle.send("GET /none HTTP/1.1\r\n").await;
    proxy.begin_shutdown();
    eventually("not ready", || async { (proxy.admin("/readyz").await.status == 503).then_some(()) }).await;
    eventually("nobody is accepted", || async { TcpStream::connect(proxy.http()).await.err() }).await;
    go.notify_one();
    let reply = busy.reply().await.unwrap();
    assert_eq!((reply.text().as_str(), reply.header("connection")), ("late", Some("close")));
    assert!(busy.is_closed().await);
    idle.send("Host: a\r\nConnection: close\r\n\r\n").await;
    drop(idle);
    proxy.ended().await;
}

#[tokio::test]
async fn idle_connections_end_at_once() {
    let web = Upstream::echo("web").await;
    let mut proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut idle = Client::connect(proxy.http()).await;
    idle.get("/", &[]).await;
    let mut silent = Client::connect(proxy.http()).await;
    eventually("both are accepted", || async {
        (proxy.metric("weir_connections_open").await == 2).then_some(())
    })
    .await;
    proxy.begin_shutdown();
    assert!(idle.is_closed().await && silent.is_closed().await);
    tokio::time::timeout(Duration::from_secs(5), proxy.ended()).await.expect("well before the drain timeout");
}

#[tokio::test]
async fn what_is_left_after_the_drain_timeout_is_cut() {
    let (web, _go) = held().await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--drain-timeout", "100ms"]).await;
    let mut busy = Client::connect(proxy.http()).await;
    busy.send(request("GET", "/", &[], "")).await;
    eventually("the upstream has it", || async { (web.requests() == 1).then_some(()) }).await;
    tokio::time::timeout(Duration::from_secs(5), proxy.ended()).await.expect("the timeout holds");
    assert!(busy.is_closed().await);
}

#[tokio::test]
async fn the_drain_delay_still_accepts_and_lets_no_client_stay() {
    let web = Upstream::echo("web").await;
    let mut proxy = Proxy::start(&simple(&[web.address]), &["--drain-delay", "300ms"]).await;
    proxy.begin_shutdown();
    eventually("not ready", || async { (proxy.admin("/readyz").await.status == 503).then_some(()) }).await;
    // Until nobody comes any more: a connection that is closed by its answer is not closed under a request.
    let reply = Client::connect(proxy.http()).await.get("/", &[]).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    proxy.ended().await;
}
