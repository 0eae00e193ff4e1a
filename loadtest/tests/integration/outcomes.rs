//! Endings are told apart: by what a scripted server does to a request.

use std::{
    net::{TcpListener, TcpStream},
    num::NonZeroUsize,
    thread,
    time::Duration,
};

use weir_load::{
    drive::{self, RunError},
    outcome::Outcome,
    plan::{Pace, Plan, Protocol},
    report::Report,
    serve::{Change, Options, Server},
};

use crate::scripted::{OK, Scripted, Then, answer};

/// One request after the other on one connection at a time.
fn one_by_one(url: &str, requests: u64) -> Plan {
    let pace = Pace::Closed { lanes: NonZeroUsize::MIN, requests: Some(requests), duration: None };
    Plan { timeout: Duration::from_secs(5), ..Plan::new(url, pace).unwrap() }
}

async fn outcomes(script: impl Fn(u64, &mut TcpStream) -> Then + Send + Sync + 'static) -> Report {
    let server = Scripted::start(script);
    let report = drive::run(one_by_one(&server.url(), 10)).await.unwrap();
    assert_eq!((report.results.completed, report.sent, server.received()), (10, 10, 10));
    report
}

#[track_caller]
fn assert_only(report: &Report, outcome: Outcome) {
    assert_eq!(report.results.outcome(outcome), 10, "{:?}", report.results.outcomes);
}

#[tokio::test]
async fn a_connection_closed_before_the_head_is_a_reset() {
    assert_only(&outcomes(|_, _| Then::Close).await, Outcome::Reset);
    let half_a_head = |_, stream: &mut TcpStream| {
        answer(stream, b"HTTP/1.1 200 OK\r\ncontent-le");
        Then::Close
    };
    assert_only(&outcomes(half_a_head).await, Outcome::Reset);
}

#[tokio::test]
async fn a_connection_closed_inside_the_body_is_a_truncation() {
    let short = |_, stream: &mut TcpStream| {
        answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort");
        Then::Close
    };
    let report = outcomes(short).await;
    assert_only(&report, Outcome::Truncated);
    assert_eq!((report.results.statuses[&200], report.results.body_bytes), (10, 50));
    let no_last_chunk = |_, stream: &mut TcpStream| {
        answer(stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n");
        Then::Close
    };
    assert_only(&outcomes(no_last_chunk).await, Outcome::Truncated);
}

#[tokio::test]
async fn what_is_not_http_is_malformed() {
    assert_only(&outcomes(|_, stream| answer(stream, b"what?\r\n\r\n")).await, Outcome::Malformed);
}

#[tokio::test]
async fn statuses_have_their_classes_and_only_4xx_and_5xx_are_errors() {
    let report = outcomes(|number, stream| {
        let status = [204, 301, 404, 500, 503][usize::try_from(number).unwrap() % 5];
        let length = if status == 204 { "" } else { "content-length: 0\r\n" };
        answer(stream, format!("HTTP/1.1 {status} X\r\n{length}\r\n").as_bytes())
    })
    .await;
    let count = |outcome| report.results.outcome(outcome);
    assert_eq!(
        [Outcome::Success, Outcome::Redirect, Outcome::ClientError, Outcome::ServerError].map(count),
        [2, 2, 2, 4]
    );
    assert_eq!((report.results.errors, report.results.statuses[&503]), (6, 2));
}

#[tokio::test]
async fn no_whole_answer_in_time_is_a_timeout_and_the_next_request_has_a_fresh_connection() {
    let server = Scripted::start(|number, stream| match number {
        0 => loop {
            thread::park();
        },
        1 => {
            answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
            loop {
                thread::park();
            }
        }
        _ => answer(stream, OK),
    });
    let plan = Plan { timeout: Duration::from_millis(300), ..one_by_one(&server.url(), 3) };
    let report = drive::run(plan).await.unwrap();
    assert_eq!((report.results.outcome(Outcome::Timeout), report.results.outcome(Outcome::Success)), (2, 1));
    assert!(report.results.latency_micros.max >= 300_000, "a timeout counts with its time");
}

#[tokio::test]
async fn a_server_that_goes_away_fails_connects_and_one_that_never_was_stops_the_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let gone = thread::spawn(move || drop(listener.accept().unwrap()));
    let report = drive::run(one_by_one(&url, 3)).await.unwrap();
    gone.join().unwrap();
    let results = &report.results;
    // The first connection was accepted and dropped, by when the listener may or may not have gone too.
    assert_eq!(results.outcome(Outcome::ConnectFailed) + results.outcome(Outcome::Reset), 3, "{results:?}");
    assert!(results.outcome(Outcome::ConnectFailed) >= 1, "{results:?}");
    assert!(matches!(drive::run(one_by_one(&url, 3)).await, Err(RunError::Unreachable(_))));
}

#[tokio::test]
async fn the_faults_of_the_sample_upstream_are_seen_as_what_they_are() {
    for protocol in [Protocol::Http1, Protocol::Http2 { streams: NonZeroUsize::MIN }] {
        let server = Server::start(Options::default()).await.unwrap();
        let all = "100%".parse().ok();
        for (change, outcome) in [
            (Change { truncate_share: all, body_bytes: Some(1000), ..Change::default() }, Outcome::Truncated),
            (
                Change { truncate_share: "0%".parse().ok(), reset_share: all, ..Change::default() },
                Outcome::Reset,
            ),
            (
                Change { reset_share: "0%".parse().ok(), error_share: all, ..Change::default() },
                Outcome::ServerError,
            ),
        ] {
            server.change(change).unwrap();
            let report = drive::run(Plan { protocol, ..one_by_one(&server.url(), 10) }).await.unwrap();
            assert_eq!(
                report.results.outcome(outcome),
                10,
                "{protocol:?} {outcome}: {:?}",
                report.results.outcomes
            );
        }
        assert_eq!(server.shutdown().await.received, 30);
    }
}
