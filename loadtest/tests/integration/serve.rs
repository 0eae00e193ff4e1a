//! The sample upstream: settings change live, stopping lets requests finish.

use std::time::Duration;

use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use weir_load::serve::{Change, Options, Server, Stats};

async fn request(
    address: std::net::SocketAddr,
    method: Method,
    path: &str,
    body: &'static str,
) -> Response<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "test");
    let response = sender
        .send_request(request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    connection.await.unwrap().unwrap();
    Response::from_parts(head, body)
}

async fn with_admin() -> (Server, std::net::SocketAddr) {
    let admin = Some("127.0.0.1:0".parse().unwrap());
    let server = Server::start(Options { admin, ..Options::default() }).await.unwrap();
    let admin = server.bound().admin.unwrap();
    (server, admin)
}

#[tokio::test]
async fn settings_change_over_http_from_one_request_to_the_next() {
    let (server, admin) = with_admin().await;
    let first = request(server.address(), Method::GET, "/x", "").await;
    assert_eq!((first.status().as_u16(), first.headers()["x-version"].as_bytes()), (200, &b"v1"[..]));
    assert_eq!(first.body(), r#"{"version":"v1"}"#);
    let change = r#"{"versionName": "v2", "errorShare": "100%", "bodyBytes": 500}"#;
    let changed = request(admin, Method::PUT, "/__weir/settings", change).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(
        serde_json::from_slice::<Value>(changed.body()).unwrap()["latency"],
        "0",
        "what is absent stays"
    );
    let second = request(server.address(), Method::GET, "/x", "").await;
    assert_eq!((second.status().as_u16(), second.body().len()), (500, 500));
    assert_eq!(second.headers()["x-version"], "v2");
}

#[tokio::test]
async fn a_wrong_setting_is_refused_with_its_reason_and_changes_nothing() {
    let (server, admin) = with_admin().await;
    for (change, reason) in [
        (r#"{"latencey": "1ms"}"#, "unknown field `latencey`"),
        (r#"{"versionName": "v2", "latency": "normal(1ms)"}"#, "needs exactly two parameters"),
        (r#"{"versionName": "v2", "errorShare": "60%", "resetShare": "60%"}"#, "add up to more than 100%"),
    ] {
        let refused = request(admin, Method::PUT, "/__weir/settings", change).await;
        assert_eq!(refused.status(), 400);
        let body = String::from_utf8_lossy(refused.body());
        assert!(body.contains(reason), "{change}: {body}");
    }
    assert_eq!(server.settings().version_name, "v1");
}

#[tokio::test]
async fn health_and_admin_requests_are_not_traffic_and_the_admin_paths_are_not_on_the_traffic_address() {
    let (server, admin) = with_admin().await;
    assert_eq!(request(server.address(), Method::GET, "/health", "").await.status(), 200);
    server.change(Change { healthy: Some(false), ..Change::default() }).unwrap();
    assert_eq!(request(server.address(), Method::GET, "/health", "").await.status(), 503);
    assert_eq!(
        request(server.address(), Method::POST, "/__weir/stats?q=1", "some body").await.body(),
        r#"{"version":"v1"}"#
    );
    let stats = request(admin, Method::GET, "/__weir/stats", "").await;
    let stats: Stats = serde_json::from_slice(stats.body()).unwrap();
    assert_eq!((stats.received, stats.health_checks), (1, 2));
    assert_eq!(stats.paths["/__weir/stats"].received, 1);
    assert_eq!(request(admin, Method::POST, "/__weir/stats", "").await.status(), 405);
}

#[tokio::test]
async fn a_shutdown_lets_requests_in_flight_finish_and_closes_idle_connections() {
    let server = Server::start(Options::default()).await.unwrap();
    server.change(Change { latency: "300ms".parse().ok(), ..Change::default() }).unwrap();
    let address = server.address();
    let idle = TcpStream::connect(address).await.unwrap();
    let waiting = tokio::spawn(request(address, Method::GET, "/slow", ""));
    while server.stats().in_flight == 0 {
        tokio::task::yield_now().await;
    }
    let stats = server.shutdown().await;
    assert_eq!((stats.received, stats.answered, stats.in_flight), (1, 1, 0));
    assert_eq!(waiting.await.unwrap().status(), 200);
    idle.readable().await.unwrap();
    assert_eq!(idle.try_read(&mut [0; 1]).unwrap(), 0, "the idle connection was closed");
    assert!(TcpStream::connect(address).await.is_err(), "nothing listens any more");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_start_listens_only_after_the_delay() {
    let begin = tokio::time::Instant::now();
    let options = Options { start_after: Duration::from_secs(3), ..Options::default() };
    let server = Server::start(options).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(3));
    drop(server);
}
