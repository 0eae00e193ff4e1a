//! Upstreams that answer what is not HTTP: what the user gets, whose fault it is, and that nothing of it reaches another request.

use tokio::io::AsyncWriteExt;
use weir_telemetry::outcome::Outcome;

use crate::support::client::{Client, request};
use crate::support::manifest::simple;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// Name, answer, status (0: the connection ends without one), whether the body is whole, outcome.
const CASES: &[(&str, &str, u16, bool, Outcome)] = &[
    ("honest", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, true, Outcome::Success),
    ("until the end", "HTTP/1.1 200 OK\r\n\r\nok", 200, true, Outcome::Success),
    ("404", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404, true, Outcome::ClientError),
    ("503", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 503, true, Outcome::ServerError),
    (
        "interim answers",
        "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        200,
        true,
        Outcome::Success,
    ),
    (
        "length and coding",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        200,
        true,
        Outcome::Success,
    ),
    (
        "coding and length",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        200,
        true,
        Outcome::Success,
    ),
    (
        "length twice",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        200,
        true,
        Outcome::Success,
    ),
    ("204 with a body", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok", 204, true, Outcome::Success),
    (
        "more than it said",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        200,
        true,
        Outcome::Success,
    ),
    ("body too short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 200, false, Outcome::Truncated),
    (
        "chunks cut",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        200,
        false,
        Outcome::Truncated,
    ),
    (
        "chunk size garbage",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
        200,
        false,
        Outcome::Truncated,
    ),
    (
        "coding other than chunked",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
        502,
        true,
        Outcome::UpstreamReset,
    ),
    (
        "lengths that differ",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        502,
        true,
        Outcome::UpstreamReset,
    ),
    ("length garbage", "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", 502, true, Outcome::UpstreamReset),
    (
        "unasked 101",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        502,
        true,
        Outcome::UpstreamReset,
    ),
    ("status 099", "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n", 502, true, Outcome::UpstreamReset),
    ("garbage", "SSH-2.0-OpenSSH_9\r\n\r\n", 502, true, Outcome::UpstreamReset),
    (
        "folded header",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        502,
        true,
        Outcome::UpstreamReset,
    ),
    (
        "NUL in header",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
        502,
        true,
        Outcome::UpstreamReset,
    ),
    ("half a head", "HTTP/1.1 200 OK\r\nContent-", 502, true, Outcome::UpstreamReset),
    ("nothing", "", 502, true, Outcome::UpstreamReset),
];

#[tokio::test]
async fn each_hostile_answer_has_its_status_and_its_outcome() {
    let mut wrong = Vec::new();
    for (name, answer, status, complete, outcome) in CASES {
        let web = Upstream::raw(*answer).await;
        let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
        let mut client = Client::connect(proxy.http()).await;
        // Not idempotent, so that what the upstream did is not hidden by a second try.
        client.send(request("POST", "/", &[], "x")).await;
        let reply = client.reply_to("POST").await.unwrap_or_default();
        if (reply.status, reply.complete) != (*status, *complete) {
            wrong.push(format!("{name}: {} complete {}", reply.status, reply.complete));
        }
        if reply.text().contains("evil") || (*status == 200 && !reply.text().starts_with("ok")) {
            wrong.push(format!("{name}: body {:?}", reply.text()));
        }
        let counts = proxy.settled("stable").await;
        if counts.outcomes.get(*outcome) != 1 || counts.outcomes.total() != 1 {
            wrong.push(format!("{name}: counted {:?}", counts.outcomes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_connection_with_doubtful_framing_is_not_used_again() {
    let web = Upstream::scripted(|mut stream| async move {
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes()).await;
        // Stays open: using it again would hang.
        std::future::pending::<()>().await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    for n in 1..=3 {
        assert_eq!(proxy.get("/").await.text(), "ok");
        assert_eq!(web.connections(), n);
    }
}

#[tokio::test]
async fn an_early_answer_to_an_unfinished_body_spoils_nothing() {
    let web = Upstream::scripted(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    let proxy = Proxy::start(&simple(&[web.address]), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin").await;
    assert_eq!(client.reply().await.unwrap().status, 413);
    assert_eq!(Client::connect(proxy.http()).await.get("/", &[]).await.status, 413);
    assert_eq!(web.connections(), 2, "the first connection still owes a body");
}
