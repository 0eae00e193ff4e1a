//! Servers that give no answer that says yes or no: nobody comes in.

use tokio::io::AsyncWriteExt as _;

use super::{Decider, ask, outcomes, proxy};
use crate::http2;
use crate::support::client::{Client, request};
use crate::support::upstream::Upstream;

const HASTY: [&str; 2] = ["--response-timeout", "200ms"];

/// Nobody comes in, over either protocol, and the connection stays.
async fn nobody_comes_in(url: &str, what: &str) {
    let web = Upstream::echo("web").await;
    let signin = [("auth-signin", "https://login.example/")];
    let proxy = proxy(&web, url, &signin, &HASTY).await;
    let mut client = Client::connect(proxy.http()).await;
    for method in ["GET", "GET"] {
        client.send(request(method, "/", &[("Host", "h")], "")).await;
        let reply = client.reply().await.unwrap();
        let text = "500 Internal Server Error: whoever decides about this request cannot be asked\n";
        assert_eq!((reply.status, reply.text().as_str()), (500, text), "{what}");
    }
    assert_eq!(http2::answer(&proxy, ("GET", "http://h/"), &[], "").await.0, 500, "{what}");
    assert_eq!((web.requests(), outcomes(&proxy).await), (0, [0, 0, 0, 3]), "{what}");
    assert_eq!(proxy.metric("weir_requests_denied_total{reason=\"no_answer\"}").await, 3, "{what}");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_not_known_lets_nobody_in() {
    nobody_comes_in(&format!("http://{}/", Upstream::nowhere()), "nobody listens").await;
    nobody_comes_in("http://no-such-host.invalid/", "no address").await;
    let plain = Decider::start().await;
    nobody_comes_in(&format!("https://{}/", plain.server.address), "no TLS").await;
}

#[tokio::test]
async fn a_server_that_is_silent_or_talks_nonsense_lets_nobody_in() {
    let silent = Upstream::silent().await;
    nobody_comes_in(&format!("http://{}/", silent.address), "silent").await;
    for answer in ["nonsense\r\n\r\n", "", "HTTP/1.1 200 OK\r\nX-Us", "HTTP/1.1 2000 OK\r\n\r\n"] {
        let server = Upstream::raw(answer).await;
        nobody_comes_in(&format!("http://{}/", server.address), answer).await;
    }
    let endless = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    nobody_comes_in(&format!("http://{}/", endless.address), "an endless head").await;
}

#[tokio::test]
async fn an_answer_that_says_something_else_lets_nobody_in() {
    for status in [302, 304, 400, 404, 500, 503] {
        let server = Upstream::status(status).await;
        nobody_comes_in(&format!("http://{}/", server.address), &status.to_string()).await;
    }
}

#[tokio::test]
async fn a_body_that_nobody_wants_holds_nobody_up_and_one_that_is_too_long_is_left_out() {
    let web = Upstream::echo("web").await;
    for (status, client_gets) in [("200 OK", 200), ("204 No Content", 200), ("403 Forbidden", 403)] {
        let server = Upstream::scripted(move |mut stream| async move {
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: 10000000\r\nContent-Type: text/html\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        let proxy = proxy(&web, &format!("http://{}/", server.address), &[], &HASTY).await;
        let reply = ask(&proxy, "/", &[]).await;
        assert_eq!((reply.status, reply.complete), (client_gets, true), "{status}");
        if client_gets == 403 {
            let text = "403 Forbidden: whoever decides about it does not let this request in\n";
            assert_eq!(
                (reply.text().as_str(), reply.header("content-type").unwrap()),
                (text, "text/plain; charset=utf-8")
            );
        }
    }
}

#[tokio::test]
async fn a_route_waits_for_whoever_it_asks_as_long_as_for_its_upstreams() {
    let (web, silent) = (Upstream::echo("web").await, Upstream::silent().await);
    let started = std::time::Instant::now();
    let proxy =
        proxy(&web, &format!("http://{}/", silent.address), &[("proxy-read-timeout", "1")], &[]).await;
    assert_eq!(ask(&proxy, "/", &[]).await.status, 500);
    assert!(started.elapsed() >= std::time::Duration::from_secs(1));
}
