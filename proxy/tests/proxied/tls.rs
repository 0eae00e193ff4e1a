//! TLS from files, and certificates that change.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::manifest::simple;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// Writes a certificate for `shop.example`; gives it for comparison.
fn write_pair(directory: &Path) -> rcgen::CertifiedKey<rcgen::KeyPair> {
    let pair = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    std::fs::write(directory.join("tls.crt"), pair.cert.pem()).unwrap();
    std::fs::write(directory.join("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    pair
}

async fn start(directory: &Path, flags: &[&str]) -> (Proxy, Upstream) {
    let web = Upstream::echo("web").await;
    let (cert, key) = (directory.join("tls.crt"), directory.join("tls.key"));
    let mut all = vec![
        "--listen-tls",
        "127.0.0.1:0",
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    all.extend(flags);
    (Proxy::start(&simple(&[web.address]), &all).await, web)
}

/// A client that trusts these certificates only.
fn client(trusted: &rcgen::Certificate, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    Arc::new(config)
}

/// A connection of such a client.
async fn connect(
    proxy: &Proxy,
    trusted: &rcgen::Certificate,
    alpn: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(proxy.bound.https[0]).await?;
    let connector = TlsConnector::from(client(trusted, alpn));
    connector.connect(ServerName::try_from("shop.example").unwrap(), tcp).await
}

#[tokio::test]
async fn a_request_that_comes_with_the_end_of_the_handshake_is_answered() {
    let files = tempfile::tempdir().unwrap();
    let pair = write_pair(files.path());
    let (proxy, _web) = start(files.path(), &[]).await;
    let (config, address) = (client(&pair.cert, &[b"http/1.1"]), proxy.bound.https[0]);
    let answer = tokio::task::spawn_blocking(move || {
        use std::io::{Read, Write};
        let name = ServerName::try_from("shop.example").unwrap();
        let mut tls = rustls::ClientConnection::new(config, name).unwrap();
        // Kept until the handshake is over, and then sent in one piece with its last message.
        tls.writer()
            .write_all(b"GET /early HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut tcp = std::net::TcpStream::connect(address).unwrap();
        tcp.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        let mut answer = String::new();
        rustls::Stream::new(&mut tls, &mut tcp).read_to_string(&mut answer).map(|_| answer)
    });
    let answer = answer.await.unwrap().expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("GET /early"), "{answer}");
}

#[tokio::test]
async fn requests_over_tls_are_served_and_said_to_be() {
    let directory = tempfile::tempdir().unwrap();
    let pair = write_pair(directory.path());
    let (proxy, _web) = start(directory.path(), &[]).await;
    for alpn in [&[][..], &[&b"http/1.1"[..]]] {
        let mut client = Client::over(connect(&proxy, &pair.cert, alpn).await.unwrap());
        for _ in 0..3 {
            let text = client.get("/", &[("Host", "shop.example")]).await.text();
            assert!(text.contains("x-forwarded-proto: https\n"), "{text}");
            assert!(text.contains(&format!("x-forwarded-port: {}\n", proxy.bound.https[0].port())));
        }
    }
    let stream = connect(&proxy, &pair.cert, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let reply = crate::http2::get_over(stream, "https://shop.example/").await;
    assert!(reply.contains("x-forwarded-proto: https\n"), "{reply}");
}

#[tokio::test]
async fn a_new_certificate_is_served_and_a_pair_that_does_not_match_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let first = write_pair(directory.path());
    let (proxy, _web) = start(directory.path(), &[]).await;
    let mut old = Client::over(connect(&proxy, &first.cert, &[]).await.unwrap());
    assert_eq!(old.get("/", &[]).await.status, 200);

    // Half a change: the new certificate with the old key.
    let second = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    std::fs::write(directory.path().join("tls.crt"), second.cert.pem()).unwrap();
    eventually("the fault is shown", || async {
        proxy.admin("/debug/problems").await.text().contains("does not belong").then_some(())
    })
    .await;
    assert!(connect(&proxy, &first.cert, &[]).await.is_ok(), "the last good pair stays");

    std::fs::write(directory.path().join("tls.key"), second.signing_key.serialize_pem()).unwrap();
    eventually("the new one is served", || async { connect(&proxy, &second.cert, &[]).await.ok() }).await;
    assert!(connect(&proxy, &first.cert, &[]).await.is_err());
    assert_eq!(proxy.admin("/debug/problems").await.text().trim(), "[]");
    assert_eq!(old.get("/", &[]).await.status, 200, "open connections go on");
}

#[tokio::test]
async fn clear_text_on_the_tls_port_ends_and_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    write_pair(directory.path());
    let (proxy, _web) = start(directory.path(), &[]).await;
    let mut client = Client::connect(proxy.bound.https[0]).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    eventually("it is counted", || async {
        (proxy.metric("weir_tls_handshakes_failed_total").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    write_pair(directory.path());
    let (proxy, _web) = start(directory.path(), &["--first-byte-timeout", "150ms"]).await;
    assert!(Client::connect(proxy.bound.https[0]).await.is_closed().await);
}
