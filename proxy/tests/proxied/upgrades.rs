//! Changing the protocol: WebSocket passes, nothing else does.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use weir_telemetry::outcome::Outcome;

use crate::support::client::{Client, request};
use crate::support::manifest::simple;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

const ASK: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Key", "x"),
    ("Sec-WebSocket-Version", "13"),
];

/// Upgrades, says hello in the same packet, then echoes.
async fn echoing(token: &'static str) -> Upstream {
    Upstream::scripted(move |mut stream| async move {
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: {token}\r\nSec-WebSocket-Accept: y\r\n\r\nhello");
        stream.write_all(answer.as_bytes()).await.unwrap();
        let mut buffer = [0; 1024];
        while let Ok(n) = stream.read(&mut buffer).await {
            if n == 0 || stream.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_websocket_passes_in_both_directions_and_stays_in_flight() {
    let web = echoing("websocket").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    // The first frame in the same packet as the request.
    client.send(request("GET", "/", &ASK, "") + "early").await;
    let reply = client.reply().await.unwrap();
    assert_eq!(
        (reply.status, reply.header("upgrade"), reply.header("sec-websocket-accept")),
        (101, Some("websocket"), Some("y"))
    );
    assert_eq!(client.bytes(10).await, b"helloearly");
    client.send("ping").await;
    assert_eq!(client.bytes(4).await, b"ping");
    let counts = proxy.track("stable").await;
    assert_eq!((counts.outcomes.get(Outcome::Success), counts.in_flight), (1, 1));
    drop(client);
    assert_eq!(proxy.settled("stable").await.outcomes.total(), 1);
}

#[tokio::test]
async fn a_tunnel_in_which_nothing_moves_ends() {
    let web = echoing("websocket").await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--response-body-timeout", "200ms"]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("GET", "/", &ASK, "")).await;
    assert_eq!(client.reply().await.unwrap().status, 101);
    client.bytes(5).await;
    assert!(client.is_closed().await);
    proxy.settled("stable").await;
}

#[tokio::test]
async fn a_refused_upgrade_is_an_ordinary_answer() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("GET", "/", &ASK, "")).await;
    let reply = client.reply().await.unwrap();
    assert!(reply.status == 200 && reply.text().contains("upgrade: websocket\n"), "{}", reply.text());
    assert!(client.is_usable().await);
}

#[tokio::test]
async fn a_change_to_another_protocol_than_was_asked_for_is_502() {
    let web = echoing("ssh").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("GET", "/", &ASK, "")).await;
    assert_eq!(client.reply().await.unwrap().status, 502);
    proxy.outcome("stable", Outcome::UpstreamReset, 1).await;
}
