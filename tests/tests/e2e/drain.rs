//! SIGTERM under load: whatever got through to an upstream is answered in full, then connections close, and the proxy ends with 0.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use weir_load::plan::{Plan, Protocol};
use weir_load::{drive, outcome, serve::Server};
use weir_tests::client::{Client, get};
use weir_tests::eventually::eventually;
use weir_tests::program::signal;
use weir_tests::sample::{ingress, service};
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{open, upstream};

/// Clients, each with one request at a time.
const CLIENTS: usize = 24;

/// What a client saw of the drain.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Whole answers with status 200.
    answered: u64,
    /// Of these, with the announcement that the connection closes.
    announced: u64,
    /// Requests whose connection ended before the first byte of an answer.
    closed: u64,
    /// Anything else: an error status, half an answer.
    wrong: u64,
}

/// Asks without a pause until nobody accepts a connection any more.
async fn ask_on(address: SocketAddr, done: Arc<AtomicU64>) -> Seen {
    let mut seen = Seen::default();
    while let Ok(mut client) = Client::connect(address).await {
        loop {
            if client.send(&get("/web", &[])).await.is_err() {
                seen.closed += 1;
                break;
            }
            match client.answer().await {
                Ok(Some(answer)) if answer.status == 200 => {
                    seen.answered += 1;
                    done.fetch_add(1, Ordering::Relaxed);
                    if answer.header("connection") == Some("close") {
                        seen.announced += 1;
                        break;
                    }
                }
                Ok(None) => {
                    seen.closed += 1;
                    break;
                }
                Ok(Some(_)) | Err(_) => {
                    seen.wrong += 1;
                    break;
                }
            }
        }
    }
    seen
}

async fn start() -> (Standalone, Server) {
    let web = upstream("stable", "20ms").await.unwrap();
    let text = ingress("web") + &service("web", &[], &[web.address()]);
    (Standalone::proxy(&[("web.yaml", text)], &[]).await.unwrap(), web)
}

/// Waits until the upstream has received `requests`.
async fn underway(web: &Server, requests: u64) {
    let look = || {
        let received = web.stats().received;
        std::future::ready(if received >= requests { Ok(()) } else { Err(received) })
    };
    eventually("the load is under way", look).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_that_got_through_is_answered_and_the_proxy_ends_with_0() {
    let (mut proxy, web) = start().await;
    let (address, done) = (proxy.listen().unwrap(), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(ask_on(address, Arc::clone(&done)))).collect();
    underway(&web, 500).await;
    let in_flight = web.stats().in_flight;
    signal(proxy.proxy.pid(), Signal::TERM).unwrap();
    let mut all = Seen::default();
    for client in clients {
        let Seen { answered, announced, closed, wrong } = client.await.unwrap();
        all.answered += answered;
        all.announced += announced;
        all.closed += closed;
        all.wrong += wrong;
    }
    let end = proxy.proxy.ended().await.unwrap();
    let stats = web.shutdown().await;
    println!(
        "SIGTERM with about {in_flight} requests in flight: {all:?}; upstream received {}, answered {}; {end}",
        stats.received, stats.answered
    );
    assert_eq!((all.answered, stats.answered, stats.aborted), (stats.received, stats.received, 0));
    assert_eq!(all.wrong, 0);
    assert!(all.announced > 0, "a connection that was busy is told that it closes");
    assert_eq!(end.code(), Some(0), "{}", proxy.proxy.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http2_every_request_that_got_through_is_answered() {
    let (mut proxy, web) = start().await;
    let plan = Plan {
        protocol: Protocol::Http2 { streams: NonZeroUsize::new(50).unwrap() },
        ..open(proxy.listen().unwrap(), "/web", 500.0, Duration::from_secs(3)).unwrap()
    };
    let load = tokio::spawn(drive::run(plan));
    underway(&web, 300).await;
    signal(proxy.proxy.pid(), Signal::TERM).unwrap();
    let end = proxy.proxy.ended().await.unwrap();
    let load = load.await.unwrap().unwrap();
    let stats = web.shutdown().await;
    println!(
        "SIGTERM, HTTP/2: {:?} of {} due; upstream received {}, answered {}; {end}",
        load.results.outcomes, load.scheduled, stats.received, stats.answered
    );
    let answered = load.results.outcome(outcome::Outcome::Success);
    assert_eq!((answered, stats.answered, stats.aborted), (stats.received, stats.received, 0));
    for wrong in [
        outcome::Outcome::ServerError,
        outcome::Outcome::Truncated,
        outcome::Outcome::Malformed,
        outcome::Outcome::Timeout,
    ] {
        assert_eq!(load.results.outcome(wrong), 0, "{wrong}");
    }
    assert_eq!(end.code(), Some(0), "{}", proxy.proxy.log());
}
