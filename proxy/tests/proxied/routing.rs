//! Requests find their route.

use crate::support::client::{Client, get, request};
use crate::support::manifest::{Service, file, ingress, simple};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[tokio::test]
async fn host_and_path_choose_the_service() {
    let (web, cart) = (Upstream::echo("web").await, Upstream::echo("cart").await);
    let proxy = Proxy::start(
        &file(
            &[ingress("shop.example", "/", "web"), ingress("shop.example", "/cart", "cart")],
            &[Service::new("web", &[web.address]), Service::new("cart", &[cart.address])],
        ),
        &[],
    )
    .await;
    for (host, path, status, first) in [
        ("shop.example", "/", 200, "web"),
        ("Shop.Example:8080", "/x", 200, "web"),
        ("shop.example.", "/cart", 200, "cart"),
        ("shop.example", "/cart/1", 200, "cart"),
        ("shop.example", "/cartoon", 200, "web"),
        ("shop.example", "/x/../cart", 200, "cart"),
        ("shop.example", "//cart", 200, "cart"),
        ("other.example", "/", 404, "404 Not Found: no route takes this host and path"),
    ] {
        let reply = get(proxy.http(), path, &[("Host", host)]).await;
        assert_eq!((reply.status, reply.text().lines().next().unwrap()), (status, first), "{host} {path}");
    }
    assert_eq!(proxy.metric("weir_requests_refused_total{reason=\"no_route\"}").await, 1);
}

#[tokio::test]
async fn the_upstream_sees_what_was_matched() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    for (sent, seen) in [
        ("/a/b?x=1&y=%2F", "/a/b?x=1&y=%2F"),
        ("/a//b/../c", "/a/c"),
        ("/%7euser", "/~user"),
        ("/a/./b?", "/a/b?"),
        ("http://test/abs?q", "/abs?q"),
        ("http://test", "/"),
    ] {
        let reply = proxy.get(sent).await;
        assert_eq!(reply.text().lines().nth(1), Some(format!("GET {seen}").as_str()), "{sent}");
    }
}

#[tokio::test]
async fn bodies_pass_in_both_directions_whole() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    let long = "0123456789abcdef".repeat(64 * 1024);
    for body in ["", "x", &long] {
        client.send(request("POST", "/", &[], body)).await;
        let reply = client.reply().await.unwrap();
        assert!(reply.complete && reply.text().contains(&format!("body {body}\n")), "{} bytes", body.len());
    }
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").await;
    let reply = client.reply().await.unwrap();
    assert!(reply.text().contains("body abcde\n"), "{}", reply.text());
    assert!(reply.text().contains("transfer-encoding: chunked\n"));
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = client.reply_to("HEAD").await.unwrap();
    assert!(head.status == 200 && head.header("content-length").is_some_and(|n| n != "0"), "{head:?}");
    assert!(client.is_usable().await);
    assert_eq!(web.connections(), 1, "one client in turn needs one upstream connection");
}

#[tokio::test]
async fn a_service_without_endpoints_is_503_and_its_fault() {
    let proxy = Proxy::start(&simple(&[]), &[]).await;
    let reply = proxy.get("/").await;
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (503, "503 Service Unavailable: no endpoint of the service is ready\n")
    );
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.total(), counts.outcomes.errors()), (1, 1));
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_order() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    let all: String = (0..50).map(|n| request("GET", &format!("/{n}"), &[], "")).collect();
    client.send(all).await;
    for n in 0..50 {
        assert!(client.reply().await.unwrap().text().contains(&format!("GET /{n}\n")));
    }
}
