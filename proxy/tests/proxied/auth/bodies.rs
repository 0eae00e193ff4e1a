//! Requests with bodies: nothing of them is read, or asked for, before somebody has let the client in.

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use super::{Decider, outcomes, proxy};
use crate::http2;
use crate::support::client::{Client, request};
use crate::support::eventually;
use crate::support::upstream::{Upstream, full};

#[tokio::test]
async fn a_body_goes_on_behind_the_question_which_has_none() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let proxy = proxy(&web, &decider.url("/"), &[], &[]).await;
    let long = "x".repeat(100_000);
    let mut client = Client::connect(proxy.http()).await;
    for body in ["abc", &long] {
        client.send(request("POST", "/", &[("Host", "h")], body)).await;
        assert!(client.reply().await.unwrap().text().ends_with(&format!("body {body}\n")));
        let (line, asked) = decider.last();
        assert_eq!(
            (line.as_str(), asked.get("x-original-method").unwrap()),
            ("GET /", &"POST".parse().unwrap())
        );
        assert!(!asked.contains_key("content-length") && !asked.contains_key("transfer-encoding"));
        let (status, _, text) = http2::answer(&proxy, ("POST", "http://h/"), &[], body).await;
        assert!(status == 200 && text.ends_with(&format!("body {body}\n")));
    }
    client
        .send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .await;
    assert!(client.reply().await.unwrap().text().ends_with("body abc\n"));
}

/// A server that answers when it is told to.
async fn slow(status: u16) -> (Upstream, mpsc::Sender<()>) {
    let (go, wait) = mpsc::channel(8);
    let wait = std::sync::Arc::new(tokio::sync::Mutex::new(wait));
    let server = Upstream::serve(false, move |_| {
        let wait = std::sync::Arc::clone(&wait);
        Box::pin(async move {
            wait.lock().await.recv().await;
            http::Response::builder().status(status).body(full("")).unwrap()
        })
    })
    .await;
    (server, go)
}

#[tokio::test]
async fn whoever_waits_for_a_word_gets_it_when_it_is_let_in() {
    let web = Upstream::echo("web").await;
    let (server, go) = slow(200).await;
    let proxy = proxy(&web, &format!("http://{}/", server.address), &[], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").await;
    eventually("it is asked", || async { (server.requests() == 1).then_some(()) }).await;
    // Nothing has come yet: the first bytes are those of the interim answer, after the word to the server.
    let mut byte = [0];
    assert!(client.stream.try_read(&mut byte).is_err());
    go.send(()).await.unwrap();
    assert_eq!(client.bytes(25).await, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc").await;
    assert!(client.reply().await.unwrap().text().ends_with("body abc\n"));
}

#[tokio::test]
async fn whoever_is_refused_is_not_asked_for_its_body() {
    let (web, decider) = (Upstream::echo("web").await, Decider::start().await);
    let proxy = proxy(&web, &decider.url("/"), &[], &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client
        .send("POST / HTTP/1.1\r\nHost: h\r\nX-Do: 403\r\nExpect: 100-continue\r\nContent-Length: 300000\r\n\r\n")
        .await;
    assert_eq!(client.bytes(13).await, b"HTTP/1.1 403 ");
    // One that sends it unasked gets the answer nevertheless.
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("POST", "/", &[("Host", "h"), ("X-Do", "403")], &"x".repeat(300_000))).await;
    assert_eq!(client.reply().await.unwrap().status, 403);
    assert_eq!(web.requests(), 0);
    assert_eq!(outcomes(&proxy).await, [0, 2, 0, 0]);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_question_with_it() {
    let web = Upstream::echo("web").await;
    let (ended, mut ends) = mpsc::unbounded_channel();
    let server = Upstream::scripted(move |mut stream| {
        let ended = ended.clone();
        async move {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            let _ = stream.shutdown().await;
            ended.send(()).unwrap();
        }
    })
    .await;
    let proxy = proxy(&web, &format!("http://{}/", server.address), &[], &[]).await;
    for (number, body) in (1..).zip(["", "abc"]) {
        let mut client = Client::connect(proxy.http()).await;
        client.send(request("POST", "/", &[("Host", "h")], body)).await;
        eventually("it is asked", || async { (server.requests() == number).then_some(()) }).await;
        drop(client);
        tokio::time::timeout(std::time::Duration::from_secs(10), ends.recv())
            .await
            .expect("the question ends");
    }
    assert_eq!(outcomes(&proxy).await, [0; 4]);
    let counts = proxy.settled("stable").await;
    assert_eq!(counts.outcomes.iter().map(|(_, n)| n).sum::<u64>(), 0, "no track was chosen");
}
