//! Listeners whose clients are introduced by a load balancer.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::policies::ingress;
use crate::support::client::{Client, request};
use crate::support::manifest::{Service, file, simple};
use crate::support::proxy::{Proxy, by_hyper};
use crate::support::upstream::Upstream;

const V1: &[u8] = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 8443\r\n";

/// A header of version 2 for this command, family and body.
fn v2(command: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, kind][..], &length, body].concat()
}

async fn start(objects: &str, flags: &[&str]) -> Proxy {
    let listen = if by_hyper() { "127.0.0.1:0/hyper/proxy" } else { "127.0.0.1:0/proxy" };
    Proxy::start(objects, &[&["--listen", listen], flags].concat()).await
}

/// A connection that begins with these bytes.
async fn connect(address: SocketAddr, header: &[u8]) -> Client {
    let mut client = Client::connect(address).await;
    client.send(header).await;
    client
}

async fn refused(proxy: &Proxy, reason: &str) -> u64 {
    proxy.metric(&format!("weir_proxy_protocol_refused_total{{reason=\"{reason}\"}}")).await
}

#[tokio::test]
async fn the_client_of_the_header_is_the_client_everywhere() {
    let web = Upstream::echo("web").await;
    let proxy = start(&simple(&[web.address]), &[]).await;
    let mut v6 = [0; 36 + 300];
    (v6[0], v6[15], v6[34], v6[35]) = (0xfd, 7, 0x20, 0xfb);
    let v4 = [192, 0, 2, 7, 192, 0, 2, 1, 0x12, 0x67, 0x20, 0xfb];
    let (with_v4, with_v6) = (v2(0x21, 0x11, &v4), v2(0x21, 0x21, &v6));
    for (header, client) in [(V1, "192.0.2.7"), (&with_v4, "192.0.2.7"), (&with_v6, "fd00::7")] {
        let mut connection = connect(proxy.http(), header).await;
        for _ in 0..2 {
            let text = connection.get("/", &[("X-Forwarded-For", "10.0.0.1")]).await.text();
            for line in [
                format!("x-forwarded-for: {client}\n"),
                format!("x-real-ip: {client}\n"),
                "x-forwarded-port: 8443\n".to_owned(),
            ] {
                assert!(text.contains(&line), "{line} in {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_balancer_that_speaks_for_itself_keeps_its_address() {
    let web = Upstream::echo("web").await;
    let proxy = start(&simple(&[web.address]), &[]).await;
    let local = v2(0x20, 0x00, b"");
    for header in [&local[..], b"PROXY UNKNOWN\r\n"] {
        let text = connect(proxy.http(), header).await.get("/", &[]).await.text();
        assert!(text.contains("x-forwarded-for: 127.0.0.1\n"), "{text}");
        assert!(text.contains(&format!("x-forwarded-port: {}\n", proxy.http().port())), "{text}");
    }
}

#[tokio::test]
async fn lists_and_trust_go_by_the_header() {
    let web = Upstream::echo("web").await;
    let rules =
        ingress("web", ("/", "Prefix"), "web", &[("allowlist-source-range", "192.0.2.0/24,203.0.113.9")]);
    let objects = file(&[rules], &[Service::new("web", &[web.address])]);
    let proxy = start(&objects, &["--trust-forwarded", "198.51.100.0/24"]).await;
    let header = |client: &str| format!("PROXY TCP4 {client} 192.0.2.1 1 2\r\n");
    let behind = [("Host", "h"), ("X-Forwarded-For", "203.0.113.9")];
    for (client, status) in
        [("192.0.2.7", 200), ("203.0.113.1", 403), ("198.51.100.1", 200), ("127.0.0.1", 403)]
    {
        let mut connection = connect(proxy.http(), header(client).as_bytes()).await;
        assert_eq!(connection.get("/", &behind).await.status, status, "{client}");
    }
}

#[tokio::test]
async fn who_is_not_introduced_is_closed_and_counted() {
    let web = Upstream::echo("web").await;
    let proxy = start(&simple(&[web.address]), &[]).await;
    let wrong = v2(0x21, 0x55, &[0; 12]);
    let long = [b"PROXY UNKNOWN ", &[b'x'; 200][..]].concat();
    let requests: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PROXY TCP4 1.2.3.4\r\n",
        b"PRI * HTTP/2.0\r\n",
        &wrong,
        &long,
    ];
    for bytes in requests {
        assert!(connect(proxy.http(), bytes).await.is_closed().await, "{bytes:?}");
    }
    assert_eq!(refused(&proxy, "invalid").await, 5);
    // Somebody who only looks whether anybody is there has done nothing wrong.
    drop(TcpStream::connect(proxy.http()).await.unwrap());
    assert_eq!(connect(proxy.http(), V1).await.get("/", &[]).await.status, 200);
    assert_eq!((refused(&proxy, "invalid").await, web.requests()), (5, 1));
}

#[tokio::test]
async fn only_balancers_that_are_believed_are_heard() {
    let web = Upstream::echo("web").await;
    let proxy = start(&simple(&[web.address]), &["--proxy-protocol-from", "10.0.0.0/8"]).await;
    assert!(connect(proxy.http(), V1).await.is_closed().await);
    assert_eq!((refused(&proxy, "untrusted").await, web.requests()), (1, 0));
    let proxy = start(&simple(&[web.address]), &["--proxy-protocol-from", "10.0.0.0/8,127.0.0.0/8"]).await;
    assert_eq!(connect(proxy.http(), V1).await.get("/", &[]).await.status, 200);
}

#[tokio::test]
async fn a_header_may_come_in_pieces_but_has_to_come() {
    let web = Upstream::echo("web").await;
    let proxy = start(&simple(&[web.address]), &[]).await;
    let mut stalled = connect(proxy.http(), &V1[..20]).await;
    let large = v2(0x21, 0x11, &[192; 4096]);
    for header in [V1, &large] {
        let mut client = Client::connect(proxy.http()).await;
        for piece in header.chunks(header.len() / 7) {
            client.stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        client.send(request("GET", "/", &[], "")).await;
        assert_eq!(client.reply().await.unwrap().status, 200);
    }
    assert!(stalled.is_closed().await);
    assert_eq!(refused(&proxy, "timeout").await, 1);
}

#[tokio::test]
async fn tls_begins_after_the_header() {
    let web = Upstream::echo("web").await;
    let listen = if by_hyper() { "127.0.0.1:0/hyper/proxy" } else { "127.0.0.1:0/proxy" };
    let proxy = Proxy::start(&simple(&[web.address]), &["--listen-tls", listen]).await;
    for header in [V1, &v2(0x21, 0x11, &[192, 0, 2, 7, 1, 1, 1, 1, 0, 1, 0, 2])] {
        let mut tcp = TcpStream::connect(proxy.bound.https[0]).await.unwrap();
        tcp.write_all(header).await.unwrap();
        let text =
            Client::over(crate::certificates::secure(tcp, "a.example").await).get("/", &[]).await.text();
        assert!(text.contains("x-forwarded-for: 192.0.2.7\n"), "{text}");
        assert!(text.contains("x-forwarded-proto: https\n"), "{text}");
    }
    let tcp = TcpStream::connect(proxy.bound.https[0]).await.unwrap();
    assert!(crate::certificates::try_secure(tcp, "a.example").await.is_err());
    assert_eq!(refused(&proxy, "invalid").await, 1);
}
