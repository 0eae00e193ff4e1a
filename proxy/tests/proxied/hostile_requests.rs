//! Requests that no honest client sends: what they get, and whether the connection survives.

use crate::support::client::Client;
use crate::support::manifest::simple;
use crate::support::proxy::{Proxy, by_hyper};
use crate::support::upstream::Upstream;

/// What happens to the connection afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Closed,
}
use Fate::{Closed, Kept};

/// Name, bytes, status, fate. `S` stands for the status line's end and a Host.
const CASES: &[(&str, &str, u16, Fate)] = &[
    // Host and authority.
    ("no host", "GET / HTTP/1.1\r\n\r\n", 400, Closed),
    ("same host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, Closed),
    ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, Closed),
    ("empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, Closed),
    ("list as host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, Closed),
    ("path in host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, Closed),
    ("user in host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, Closed),
    ("space in host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, Closed),
    ("port that is none", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", 400, Closed),
    ("port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400, Closed),
    ("absolute target for another host", "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("absolute target with user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("absolute target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n", 200, Closed),
    // Methods.
    ("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405, Closed),
    ("CONNECT with a path", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 405, Closed),
    ("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, Closed),
    ("lower case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    (
        "method of 100 letters",
        concat!(
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            " / HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        400,
        Closed,
    ),
    ("asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("asterisk for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204, Kept),
    ("unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 200, Kept),
    // Request target.
    ("NUL in path", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("encoded backslash", "GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("dots behind an encoded slash", "GET /..%2fetc HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("half an escape", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("no slash", "GET index.html HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, Closed),
    ("above the root", "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 200, Kept),
    // Framing.
    (
        "gzip, chunked",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
        Closed,
    ),
    (
        "chunked twice",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        501,
        Closed,
    ),
    (
        "two codings",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
        Closed,
    ),
    (
        "comma before chunked",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n",
        501,
        Closed,
    ),
    ("identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400, Closed),
    (
        "coding in HTTP/1.0",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        Closed,
    ),
    (
        "length and coding",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        200,
        Closed,
    ),
    (
        "coding and length",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        200,
        Closed,
    ),
    (
        "two lengths",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
        Closed,
    ),
    ("signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400, Closed),
    ("length in hexadecimal", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", 400, Closed),
    ("length list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400, Closed),
    (
        "huge length",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        400,
        Closed,
    ),
    ("leading zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 01\r\n\r\na", 200, Kept),
    (
        "chunk size 0x1",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        400,
        Closed,
    ),
    (
        "chunk size +1",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
        400,
        Closed,
    ),
    (
        "chunk too long",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        400,
        Closed,
    ),
    (
        "chunk size overflow",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n",
        400,
        Closed,
    ),
    (
        "line feed in chunk extension",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n",
        400,
        Closed,
    ),
    // Header section.
    ("folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400, Closed),
    ("space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, Closed),
    ("NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, Closed),
    ("no name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400, Closed),
    ("HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400, Closed),
    ("TLS on the wrong port", "\x16\x03\x01\x02\x00\x01\x00\x01\u{7f}\x03\r\n\r\n", 400, Closed),
    ("odd expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417, Kept),
    (
        "upgrade to h2c",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        200,
        Kept,
    ),
];

/// Where our own codec answers otherwise than hyper: it sees what hyper hides, and says more exactly what is wrong.
const STRICTER: &[(&str, u16)] =
    &[("length and coding", 400), ("coding and length", 400), ("identity", 501), ("HTTP/3.0", 505)];

#[tokio::test]
async fn each_hostile_request_gets_its_answer_and_its_connection_its_fate() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut wrong = Vec::new();
    for (name, bytes, status, fate) in CASES {
        let stricter = STRICTER.iter().find(|(of, _)| of == name).filter(|_| !by_hyper());
        let status = stricter.map_or(status, |(_, status)| status);
        let mut client = Client::connect(proxy.http()).await;
        client.send(bytes).await;
        let method = if bytes.starts_with("CONNECT") { "GET" } else { bytes.split(' ').next().unwrap() };
        let got = client.reply_to(method).await.map_or(0, |reply| reply.status);
        let usable = if client.is_usable().await { Kept } else { Closed };
        if (got, usable) != (*status, *fate) {
            wrong.push(format!("{name}: {got} {usable:?}, not {status} {fate:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(CASES.len() >= 40);
    // None of it has spoiled a connection that somebody else uses.
    for _ in 0..20 {
        assert!(proxy.get("/after").await.text().contains("GET /after\n"));
    }
}

#[tokio::test]
async fn a_request_hidden_in_a_body_never_reaches_the_upstream() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    for (name, bytes) in [
        (
            "CL.TE",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "TE.TE",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "TE and HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "refused head",
            "POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
    ] {
        let mut client = Client::connect(proxy.http()).await;
        client.send(bytes).await;
        while let Some(reply) = client.reply().await {
            assert!(!reply.text().contains("/smuggled"), "{name}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn too_many_and_too_large_headers_are_431_and_a_long_target_414() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let fields = |n: usize, size: usize| -> String {
        (0..n).map(|i| format!("x-{i}: {}", "v".repeat(size))).collect::<Vec<_>>().join("\r\n") + "\r\n"
    };
    for (headers, status) in [(fields(90, 10), 200), (fields(101, 10), 431), (fields(2, 20_000), 431)] {
        let mut client = Client::connect(proxy.http()).await;
        client.send(format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).await;
        assert_eq!(client.reply().await.unwrap().status, status, "{} bytes", headers.len());
    }
    let mut client = Client::connect(proxy.http()).await;
    client.send(format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(8200))).await;
    assert_eq!(client.reply().await.unwrap().status, 414);
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_counted() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--max-connections", "2"]).await;
    let mut kept = vec![Client::connect(proxy.http()).await, Client::connect(proxy.http()).await];
    for client in &mut kept {
        assert_eq!(client.get("/", &[]).await.status, 200);
    }
    assert!(!Client::connect(proxy.http()).await.is_usable().await);
    assert_eq!(proxy.metric("weir_connections_over_limit_total").await, 1);
    assert!(kept[0].is_usable().await);
    drop(kept.pop());
    crate::support::eventually("there is room again", || async {
        Client::connect(proxy.http()).await.is_usable().await.then_some(())
    })
    .await;
}
