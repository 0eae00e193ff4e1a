//! HTTP/2 on both sides: trailers, mixed versions, drain, limits and abuse.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_telemetry::outcome::Outcome;

use crate::support::client::request;
use crate::support::eventually;
use crate::support::manifest::{Service, file, ingress, simple};
use crate::support::proxy::Proxy;
use crate::support::upstream::{Body, Upstream, full};

type Sent = Full<Bytes>;

async fn handshake<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> SendRequest<Sent> {
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    sender
}

async fn connect(proxy: &Proxy) -> SendRequest<Sent> {
    handshake(TcpStream::connect(proxy.http()).await.unwrap()).await
}

fn ask(method: &str, uri: &str, body: &str) -> Request<Sent> {
    Request::builder()
        .method(method)
        .uri(uri)
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// One GET over a stream on which HTTP/2 was agreed.
pub(crate) async fn get_over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    uri: &str,
) -> String {
    text(handshake(stream).await.send_request(ask("GET", uri, "")).await.unwrap()).await
}

/// Status and Location of the answer to one GET in clear text.
pub(crate) async fn status_and_location(proxy: &Proxy, uri: &str) -> (u16, Option<String>) {
    let response = connect(proxy).await.send_request(ask("GET", uri, "")).await.unwrap();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), location)
}

/// The answer to one request in clear text: status, fields, body.
pub(crate) async fn answer(
    proxy: &Proxy,
    (method, uri): (&str, &str),
    headers: &[(&'static str, &str)],
    body: &str,
) -> (u16, HeaderMap, String) {
    let mut request = ask(method, uri, body);
    for (name, value) in headers {
        request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    let response = connect(proxy).await.send_request(request).await.unwrap();
    (response.status().as_u16(), response.headers().clone(), text(response).await)
}

/// Everything to one Service that speaks HTTP/2.
fn h2c(upstream: &Upstream) -> String {
    file(&[ingress("", "/", "web")], &[Service::new("web", &[upstream.address]).h2c()])
}

/// Answers as a gRPC server: two messages, then trailers with the status that the path names.
async fn grpc() -> Upstream {
    Upstream::serve(true, |request| {
        Box::pin(async move {
            let te = request.headers().get("te").cloned();
            let status = HeaderValue::from_str(request.uri().path().rsplit('/').next().unwrap()).unwrap();
            let echoed = request.into_body().collect().await.unwrap().to_bytes();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", status);
            trailers.insert("x-te", te.unwrap_or(HeaderValue::from_static("none")));
            trailers.insert("authorization", HeaderValue::from_static("never"));
            let frames =
                [Frame::data(echoed), Frame::data(Bytes::from_static(b"!")), Frame::trailers(trailers)];
            let body = Body::new(Frames(frames.into()));
            Response::builder().header("content-type", "application/grpc").body(body).unwrap()
        })
    })
    .await
}

/// A body of these frames.
struct Frames(VecDeque<Frame<Bytes>>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

#[tokio::test]
async fn grpc_passes_with_its_trailers() {
    let web = grpc().await;
    let proxy = Proxy::start(&h2c(&web), &[]).await;
    let mut sender = connect(&proxy).await;
    for _ in 0..3 {
        let mut request = ask("POST", "http://shop.example/grpc.Service/0", "message");
        request.headers_mut().insert("te", HeaderValue::from_static("trailers"));
        let body = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
        let trailers = body.trailers().unwrap().clone();
        assert_eq!(body.to_bytes(), "message!");
        assert_eq!(trailers["grpc-status"], "0");
        assert_eq!(trailers["x-te"], "trailers");
        assert!(!trailers.contains_key("authorization"));
    }
    for status in ["5", "13", "14"] {
        let uri = format!("http://shop.example/grpc.Service/{status}");
        let response = sender.send_request(ask("POST", &uri, "message")).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().trailers().unwrap()["grpc-status"], status);
    }
    assert_eq!(web.connections(), 1);
    let outcomes = proxy.settled("stable").await.outcomes;
    let of = |outcome| outcomes.get(outcome);
    assert_eq!((of(Outcome::Success), of(Outcome::ClientError), of(Outcome::ServerError)), (3, 1, 2));
}

#[tokio::test]
async fn every_pair_of_versions_works() {
    let (old, new) = (Upstream::echo("old").await, Upstream::echo_h2("new").await);
    let objects = file(
        &[ingress("", "/old", "old"), ingress("", "/new", "new")],
        &[Service::new("old", &[old.address]), Service::new("new", &[new.address]).h2c()],
    );
    let proxy = Proxy::start(&objects, &[]).await;
    let mut h2 = connect(&proxy).await;
    for (path, name) in [("/old?q", "old"), ("/new?q", "new")] {
        let mut request = ask("PUT", &format!("http://shop.example:81{path}"), "body text");
        request.headers_mut().append("cookie", HeaderValue::from_static("a=1"));
        request.headers_mut().append("cookie", HeaderValue::from_static("b=2"));
        let over_h2 = text(h2.send_request(request).await.unwrap()).await;
        let mut h1 = crate::support::client::Client::connect(proxy.http()).await;
        h1.send(crate::support::client::request(
            "PUT",
            path,
            &[("Host", "shop.example:81"), ("Cookie", "a=1; b=2")],
            "body text",
        ))
        .await;
        let over_h1 = h1.reply().await.unwrap().text();
        for text in [over_h2, over_h1] {
            assert_eq!(text.lines().next(), Some(name));
            assert!(text.contains("cookie: a=1; b=2\n") && text.contains("body body text\n"), "{text}");
            assert!(text.contains("x-forwarded-host: shop.example:81\n"), "{text}");
            let host = if name == "new" { "http://shop.example:81/new?q" } else { "host: shop.example:81\n" };
            assert!(text.contains(host), "{text}");
            assert!(!text.contains("transfer-encoding"), "a known length stays known: {text}");
        }
    }
}

/// More than signed numbers hold is refused, as it is from an upstream that speaks HTTP/1.1.
#[tokio::test]
async fn a_length_that_not_everybody_reads_the_same_is_not_passed_on() {
    let web = Upstream::serve(true, |request| {
        let length = request.uri().path().trim_start_matches('/').to_owned();
        Box::pin(async move { Response::builder().header("content-length", length).body(full("")).unwrap() })
    })
    .await;
    let proxy = Proxy::start(&h2c(&web), &[]).await;
    for (length, status) in [("9223372036854775807", 200), ("9223372036854775808", 502)] {
        let path = format!("/{length}");
        let (over_h2, ..) = answer(&proxy, ("HEAD", &format!("http://a{path}")), &[], "").await;
        let mut h1 = crate::support::client::Client::connect(proxy.http()).await;
        h1.send(request("HEAD", &path, &[("Host", "a")], "")).await;
        let over_h1 = h1.reply_to("HEAD").await.unwrap().status;
        assert_eq!((over_h1, over_h2), (status, status), "{length}");
    }
}

#[tokio::test]
async fn many_streams_share_a_connection_on_both_sides() {
    let web = Upstream::echo_h2("web").await;
    let proxy = Proxy::start(&h2c(&web), &[]).await;
    let sender = connect(&proxy).await;
    let asks = (0..100).map(|n| {
        let mut sender = sender.clone();
        tokio::spawn(async move {
            text(sender.send_request(ask("GET", &format!("http://a/{n}"), "")).await.unwrap()).await
        })
    });
    for (n, asked) in asks.collect::<Vec<_>>().into_iter().enumerate() {
        assert!(asked.await.unwrap().contains(&format!("GET http://a/{n}\n")));
    }
    assert!(web.connections() <= 2, "{} connections", web.connections());
}

#[tokio::test]
async fn hostile_heads_are_refused() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut sender = connect(&proxy).await;
    let with_host = |host: &'static str| {
        let mut request = ask("GET", "http://a/", "");
        request.headers_mut().insert("host", HeaderValue::from_static(host));
        request
    };
    for (request, status) in [
        (ask("TRACE", "http://a/", ""), 405),
        (ask("CONNECT", "a:443", ""), 405),
        (with_host("evil"), 400),
        (with_host("a"), 200),
        (ask("GET", "http://a/%00", ""), 400),
        (ask("GET", "http://a/x/../y", ""), 200),
    ] {
        let what = format!("{request:?}");
        assert_eq!(sender.send_request(request).await.unwrap().status(), status, "{what}");
    }
}

#[tokio::test]
async fn a_reset_stream_is_the_clients_doing_and_frees_the_upstream() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.read(&mut [0; 16]).await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut sender = connect(&proxy).await;
    let asked = sender.send_request(ask("GET", "http://a/", ""));
    assert!(tokio::time::timeout(Duration::from_millis(100), asked).await.is_err());
    proxy.outcome("stable", Outcome::ClientAborted, 1).await;
}

#[tokio::test]
async fn a_stream_whose_client_takes_nothing_is_reset_and_others_go_on() {
    let web = Upstream::serve(false, |request| {
        let size = if request.uri().path() == "/large" { 8 << 20 } else { 2 };
        Box::pin(async move { Response::new(crate::support::upstream::full(vec![b'x'; size])) })
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &["--write-timeout", "150ms"]).await;
    let mut sender = connect(&proxy).await;
    let stalled = sender.send_request(ask("GET", "http://a/large", "")).await.unwrap();
    proxy.outcome("stable", Outcome::ClientAborted, 1).await;
    assert_eq!(text(sender.send_request(ask("GET", "http://a/small", "")).await.unwrap()).await, "xx");
    assert!(stalled.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_drained_connection_gets_goaway_and_its_requests_end() {
    let web = Upstream::serve(false, |_| {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Response::new(crate::support::upstream::full("late"))
        })
    })
    .await;
    let mut proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut sender = connect(&proxy).await;
    let asked = tokio::spawn(sender.send_request(ask("GET", "http://a/", "")));
    eventually("the upstream has it", || async { (web.requests() == 1).then_some(()) }).await;
    proxy.begin_shutdown();
    assert_eq!(text(asked.await.unwrap().unwrap()).await, "late");
    eventually("the connection ends", || async { sender.is_closed().then_some(()) }).await;
    proxy.ended().await;
}

/// An HTTP/2 frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A connection on which only the preface and empty settings were sent.
async fn raw(proxy: &Proxy) -> TcpStream {
    let mut stream = TcpStream::connect(proxy.http()).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    stream
}

/// Sends `bytes` over and over until the proxy ends the connection; the number of times.
async fn flood(stream: TcpStream, bytes: Vec<u8>, most: usize) -> Option<usize> {
    let (mut read, mut write) = stream.into_split();
    let drained = tokio::spawn(async move {
        let mut buffer = vec![0; 65536];
        while read.read(&mut buffer).await.is_ok_and(|n| n > 0) {}
    });
    for n in 0..most {
        if write.write_all(&bytes).await.is_err() || drained.is_finished() {
            return Some(n);
        }
    }
    // The last bytes may still be on their way.
    let closed = tokio::time::timeout(Duration::from_secs(2), drained).await.is_ok();
    closed.then_some(most)
}

#[tokio::test]
async fn control_frames_without_end_are_cut() {
    let proxy = Proxy::start(&simple(&[]), &[]).await;
    for (name, one) in [
        ("PING", frame(6, 0, 0, &[0; 8])),
        ("SETTINGS", frame(4, 0, 0, &[])),
        ("WINDOW_UPDATE", frame(8, 0, 0, &[0, 0, 0, 1])),
        ("PRIORITY", frame(2, 0, 1, &[0, 0, 0, 3, 0])),
    ] {
        let stream = raw(&proxy).await;
        let many = one.repeat(1000);
        let cut = flood(stream, many, 3000).await;
        // Most of it lies in the buffers of both sockets.
        assert!(cut.is_some_and(|n| n < 3000), "{name}: {cut:?} thousand");
    }
    assert!(proxy.metric("weir_connections_cut_total{reason=\"abuse\"}").await >= 2);
}

#[tokio::test]
async fn a_preface_and_then_silence_is_closed() {
    let proxy = Proxy::start(&simple(&[]), &["--keep-alive-timeout", "150ms"]).await;
    let mut stream = raw(&proxy).await;
    let mut all = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut all)).await.unwrap().unwrap();
    assert!(all.windows(5).any(|w| w == [8, 7, 0, 0, 0]), "a GOAWAY first: {all:?}");
}

#[tokio::test]
async fn resets_without_end_are_cut() {
    let web = Upstream::silent().await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let sender = connect(&proxy).await;
    let mut cut_after = None;
    for n in 0..600 {
        let mut sender = sender.clone();
        let asked = sender.send_request(ask("GET", "http://a/", ""));
        // Long enough to reach the upstream, so that h2's own limit on resets in bursts does not see it.
        let _ = tokio::time::timeout(Duration::from_millis(2), asked).await;
        if sender.is_closed() {
            cut_after = Some(n);
            break;
        }
    }
    assert!(cut_after.is_some_and(|n| (50..600).contains(&n)), "{cut_after:?}");
}

#[tokio::test]
async fn http1_and_http2_share_a_port() {
    let web = Upstream::echo("web").await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut sender = connect(&proxy).await;
    assert_eq!(sender.send_request(ask("GET", "http://a/", "")).await.unwrap().status(), 200);
    // A preface that comes in pieces, and a request that begins like one.
    let mut slow = TcpStream::connect(proxy.http()).await.unwrap();
    slow.set_nodelay(true).unwrap();
    for piece in [&b"PRI * HT"[..], b"TP/2.0\r\n\r\nSM", b"\r\n\r\n"] {
        slow.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    slow.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    let mut settings = [0; 9];
    slow.read_exact(&mut settings).await.unwrap();
    assert_eq!(settings[3], 4, "settings answer the preface");
    let mut client = crate::support::client::Client::connect(proxy.http()).await;
    client.send(request("PRINT", "/", &[], "")).await;
    assert_eq!(client.reply().await.unwrap().status, 200);
}
