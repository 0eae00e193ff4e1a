//! Which header fields pass, which are removed, and what the proxy says about the client.

use crate::support::client::{Client, Reply, get, request};
use crate::support::manifest::simple;
use crate::support::proxy::Proxy;
use crate::support::upstream::{Upstream, full};

/// The value of a header that the upstream saw.
fn seen<'r>(text: &'r str, name: &str) -> Option<&'r str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

async fn echoed(headers: &[(&str, &str)], flags: &[&str]) -> String {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), flags).await;
    get(proxy.http(), "/", headers).await.text()
}

#[tokio::test]
async fn what_a_client_says_about_itself_is_overwritten() {
    let text = echoed(
        &[
            ("Host", "shop.example:99"),
            ("X-Forwarded-For", "203.0.113.1"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Port", "1"),
            ("X-Real-IP", "203.0.113.1"),
            ("Forwarded", "for=203.0.113.1"),
            ("X-Scheme", "https"),
            ("Proxy", "http://evil"),
            ("X_Forwarded_For", "203.0.113.1"),
            ("X-Request-ID", "abc-123"),
        ],
        &[],
    )
    .await;
    for (name, value) in [
        ("host", Some("shop.example:99")),
        ("x-forwarded-for", Some("127.0.0.1")),
        ("x-forwarded-proto", Some("http")),
        ("x-forwarded-host", Some("shop.example:99")),
        ("x-real-ip", Some("127.0.0.1")),
        ("x-request-id", Some("abc-123")),
        ("forwarded", None),
        ("x-scheme", None),
        ("proxy", None),
        ("x_forwarded_for", None),
    ] {
        assert_eq!(seen(&text, name), value, "{name}");
    }
    assert_ne!(seen(&text, "x-forwarded-port"), Some("1"));
}

#[tokio::test]
async fn a_trusted_proxy_is_appended_to() {
    let text = echoed(
        &[
            ("X-Forwarded-For", "203.0.113.1, 10.0.0.9"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "shop.example"),
            ("X-Forwarded-Port", "443"),
        ],
        &["--trust-forwarded", "127.0.0.0/8"],
    )
    .await;
    assert_eq!(seen(&text, "x-forwarded-for"), Some("203.0.113.1, 10.0.0.9, 127.0.0.1"));
    assert_eq!(seen(&text, "x-forwarded-proto"), Some("https"));
    assert_eq!(seen(&text, "x-forwarded-host"), Some("shop.example"));
    assert_eq!(seen(&text, "x-forwarded-port"), Some("443"));
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut ids = std::collections::BTreeSet::new();
    let mut client = Client::connect(proxy.http()).await;
    for _ in 0..20 {
        let id = seen(&client.get("/", &[("X-Request-ID", "no good id")]).await.text(), "x-request-id")
            .unwrap()
            .to_owned();
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn hop_by_hop_fields_of_a_request_end_here() {
    let text = echoed(
        &[
            ("Connection", "keep-alive, X-Hop, Authorization, Cookie, close-not"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"),
            ("TE", "gzip, trailers"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABk"),
            ("X-Hop", "1"),
            ("Authorization", "Bearer x"),
            ("Cookie", "a=b"),
            ("X-End", "2"),
        ],
        &[],
    )
    .await;
    for gone in ["connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings", "x-hop"] {
        assert_eq!(seen(&text, gone), None, "{gone} in {text}");
    }
    assert_eq!(seen(&text, "te"), Some("trailers"));
    assert_eq!(seen(&text, "authorization"), Some("Bearer x"));
    assert_eq!(seen(&text, "cookie"), Some("a=b"));
    assert_eq!(seen(&text, "x-end"), Some("2"));
}

#[tokio::test]
async fn hop_by_hop_fields_of_an_answer_end_here() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nProxy-Connection: x\r\n\
                  Upgrade: h2c\r\nServer: them\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 002\r\nX_Under: kept\r\n\r\nok";
    let web = Upstream::raw(answer).await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let reply: Reply = proxy.get("/").await;
    let names: Vec<_> = reply.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(reply.text(), "ok");
    assert_eq!(
        names,
        ["server: them", "set-cookie: a=1", "set-cookie: b=2", "x_under: kept", "content-length: 2"]
    );
}

#[tokio::test]
async fn trailers_pass_by_the_list() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client
        .send(
            "POST / HTTP/1.1\r\nHost: a\r\nTrailer: x-sum, authorization\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: 1\r\n\
             authorization: Bearer evil\r\nhost: evil\r\ncontent-length: 5\r\n\r\n",
        )
        .await;
    let text = client.reply().await.unwrap().text();
    assert!(text.contains("trailer x-sum: 1\n"), "{text}");
    assert!(!text.contains("evil") && !text.contains("trailer content-length"), "{text}");
    assert!(client.is_usable().await);
}

#[tokio::test]
async fn a_waiting_client_is_told_to_continue() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").await;
    assert!(client.bytes(12).await.starts_with(b"HTTP/1.1 100"));
    // The rest of the interim answer, then the body that was held back.
    client.bytes(13).await;
    client.send("abc").await;
    let reply = client.reply().await.unwrap();
    assert!(reply.text().contains("body abc\n"));
    assert_eq!(seen(&reply.text(), "expect"), None);
}

#[tokio::test]
async fn answers_without_a_body_keep_their_meaning() {
    let web = Upstream::serve(false, |request| {
        Box::pin(async move {
            let status = request.uri().path().trim_start_matches('/').parse::<u16>().unwrap();
            let length = if status == 304 { Some(1234) } else { None };
            let mut response = http::Response::builder().status(status);
            response = if let Some(n) = length { response.header("content-length", n) } else { response };
            response.header("etag", "\"x\"").body(full("")).unwrap()
        })
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for status in [204, 304, 205, 404, 200] {
        client.send(request("GET", &format!("/{status}"), &[], "")).await;
        let reply = client.reply().await.unwrap();
        assert_eq!((reply.status, reply.header("etag"), reply.body.len()), (status, Some("\"x\""), 0));
        if status == 204 {
            assert_eq!(reply.header("content-length"), None);
        }
    }
}
