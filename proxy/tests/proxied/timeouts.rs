//! Every wait for a peer has an end, with the right answer and the right fault.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use weir_telemetry::outcome::Outcome;

use crate::policies::ingress;
use crate::support::client::{Client, request};
use crate::support::manifest::{Service, file, simple};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// Short enough for a test, long enough that nothing honest meets it.
const SHORT: &str = "150ms";

/// The time that `wait` took, which must not be shorter than [`SHORT`].
async fn took(wait: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    wait.await;
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(140), "{took:?}");
    took
}

#[tokio::test]
async fn a_silent_client_is_closed() {
    let proxy = Proxy::start(&simple(&[]), &["--first-byte-timeout", SHORT]).await;
    let mut client = Client::connect(proxy.http()).await;
    took(async { assert!(client.is_closed().await) }).await;
    assert_eq!(proxy.metric("weir_connections_cut_total{reason=\"idle\"}").await, 1);
}

#[tokio::test]
async fn half_a_head_is_answered_408_however_it_drips() {
    let proxy = Proxy::start(&simple(&[]), &["--header-timeout", SHORT]).await;
    let mut client = Client::connect(proxy.http()).await;
    took(async {
        // A byte now and then does not help.
        for piece in ["GET / HT", "TP/1.1\r\n", "Ho"] {
            client.send(piece).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(client.reply().await.unwrap().status, 408);
        assert!(client.is_closed().await);
    })
    .await;
    assert_eq!(proxy.metric("weir_connections_cut_total{reason=\"slow_head\"}").await, 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let web = Upstream::scripted(|mut stream| async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    })
    .await;
    let flags = ["--keep-alive-timeout", SHORT, "--first-byte-timeout", SHORT, "--header-timeout", SHORT];
    let proxy = Proxy::start(&simple(&[web.address]), &flags).await;
    let mut client = Client::connect(proxy.http()).await;
    assert_eq!(client.get("/", &[]).await.text(), "ok");
    took(async { assert!(client.is_closed().await) }).await;
}

#[tokio::test]
async fn a_body_that_stops_is_408_and_the_clients_fault() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--request-body-timeout", SHORT]).await;
    let mut client = Client::connect(proxy.http()).await;
    took(async {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").await;
        assert_eq!(client.reply().await.unwrap().status, 408);
    })
    .await;
    assert!(client.is_closed().await);
    proxy.outcome("stable", Outcome::ClientAborted, 1).await;
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_504_and_its_fault() {
    let web = Upstream::silent().await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--response-timeout", SHORT]).await;
    took(async { assert_eq!(proxy.get("/").await.status, 504) }).await;
    proxy.outcome("stable", Outcome::UpstreamTimeout, 1).await;
    assert_eq!(web.requests(), 1, "a timeout is not tried again");
}

#[tokio::test]
async fn an_upstream_that_reads_nothing_of_a_body_is_504_and_its_fault() {
    let web = Upstream::silent().await;
    let flags = ["--response-timeout", SHORT, "--request-body-timeout", "300ms"];
    let proxy = Proxy::start(&simple(&[web.address]), &flags).await;
    let mut client = Client::connect(proxy.http()).await;
    // More than any socket buffer holds.
    let body = "x".repeat(32 << 20);
    let sending = async {
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len())).await;
        client.send(&body).await;
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), sending).await;
    proxy.outcome("stable", Outcome::UpstreamTimeout, 1).await;
}

#[tokio::test]
async fn an_answer_that_stops_is_cut_and_the_upstreams_fault() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
        std::future::pending::<()>().await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--response-body-timeout", SHORT]).await;
    took(async {
        let reply = proxy.get("/").await;
        assert_eq!((reply.status, reply.complete, reply.text().as_str()), (200, false, "abc"));
    })
    .await;
    proxy.outcome("stable", Outcome::UpstreamTimeout, 1).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_and_it_is_its_fault() {
    let web = Upstream::serve(false, |_| {
        Box::pin(async { http::Response::new(crate::support::upstream::full(vec![b'x'; 32 << 20])) })
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--write-timeout", SHORT]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send(request("GET", "/", &[], "")).await;
    proxy.outcome("stable", Outcome::ClientAborted, 1).await;
    assert_eq!(proxy.metric("weir_connections_cut_total{reason=\"write_stall\"}").await, 1);
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_in_time_is_504() {
    // A listener with a full backlog answers no handshake.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
    {
        held.push(stream);
    }
    let proxy = Proxy::start(&simple(&[address]), &["--connect-timeout", SHORT]).await;
    assert_eq!(proxy.get("/").await.status, 504);
    proxy.outcome("stable", Outcome::ConnectFailed, 1).await;
}

#[tokio::test]
async fn unused_upstream_connections_are_closed() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--upstream-idle-timeout", SHORT]).await;
    proxy.get("/").await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    proxy.get("/").await;
    assert_eq!(web.connections(), 2);
}

#[tokio::test]
async fn a_client_that_goes_away_is_recorded_and_the_upstream_let_go() {
    let web = Upstream::scripted(|mut stream| async move {
        use tokio::io::AsyncReadExt;
        // Ends when the proxy closes.
        let _ = stream.read(&mut [0; 16]).await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    for n in 1..=3 {
        let mut client = Client::connect(proxy.http()).await;
        client.send(request("GET", "/", &[], "")).await;
        crate::support::eventually("the upstream has it", || async { (web.requests() == n).then_some(()) })
            .await;
        drop(client);
        proxy.outcome("stable", Outcome::ClientAborted, n).await;
    }
    let counts = proxy.settled("stable").await;
    assert_eq!((counts.outcomes.total(), counts.outcomes.errors()), (3, 0), "no fault of the upstream");
}

/// Everything of host `h` to one Service, with these annotations of nginx, through a proxy that waits much longer by itself.
async fn annotated(endpoint: std::net::SocketAddr, annotations: &[(&str, &str)]) -> Proxy {
    let rules = ingress("web", ("/", "Prefix"), "web", annotations);
    Proxy::start(&file(&[rules], &[Service::new("web", &[endpoint])]), &[]).await
}

#[tokio::test]
async fn a_route_waits_for_an_answer_as_long_as_its_annotation_says() {
    let web = Upstream::silent().await;
    let proxy = annotated(web.address, &[("proxy-read-timeout", "1")]).await;
    let start = Instant::now();
    let (status, http2) = tokio::join!(
        crate::support::client::get(proxy.http(), "/", &[("Host", "h")]),
        crate::http2::answer(&proxy, ("GET", "http://h/"), &[], ""),
    );
    assert_eq!((status.status, http2.0), (504, 504));
    assert!((900..30_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_read_timeout_is_between_two_pieces_and_not_a_total() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").await;
        for piece in [b"a", b"b", b"c"] {
            tokio::time::sleep(Duration::from_millis(600)).await;
            let _ = stream.write_all(piece).await;
        }
        std::future::pending::<()>().await;
    })
    .await;
    let proxy = annotated(web.address, &[("proxy-read-timeout", "1")]).await;
    let start = Instant::now();
    let reply = crate::support::client::get(proxy.http(), "/", &[("Host", "h")]).await;
    assert_eq!((reply.status, reply.complete, reply.text().as_str()), (200, false, "abc"));
    assert!((2600..30_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    proxy.outcome("stable", Outcome::UpstreamTimeout, 1).await;
}

#[tokio::test]
async fn a_route_whose_upstream_takes_nothing_waits_for_it_as_long_as_its_annotation_says() {
    let web = Upstream::silent().await;
    let proxy = annotated(web.address, &[("proxy-send-timeout", "1")]).await;
    let mut client = Client::connect(proxy.http()).await;
    // More than any socket buffer holds.
    let body = "x".repeat(32 << 20);
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
    let sending = async {
        client.send(head).await;
        client.send(&body).await;
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), sending).await;
    proxy.outcome("stable", Outcome::UpstreamTimeout, 1).await;
}

#[tokio::test]
async fn a_time_that_is_none_is_said_and_left_out() {
    let web = Upstream::echo("web").await;
    let annotations =
        [("proxy-read-timeout", "0"), ("proxy-send-timeout", "60s"), ("proxy-connect-timeout", "7")];
    let proxy = annotated(web.address, &annotations).await;
    assert_eq!(crate::support::client::get(proxy.http(), "/", &[("Host", "h")]).await.status, 200);
    let problems = proxy.admin("/debug/problems").await.text();
    for value in ["0", "60s"] {
        assert!(
            problems.contains(&format!("\\\"{value}\\\" is not a number of seconds")),
            "{value}: {problems}"
        );
    }
    let explained = proxy.admin("/debug/routes?host=h").await.text();
    assert!(
        explained.split_whitespace().collect::<String>().contains("\"patience\":{\"connect\":7}"),
        "{explained}"
    );
}
