//! Upstreams die (SIGKILL) and come back: users notice only when there is nobody left to answer.

use std::net::SocketAddr;
use std::path::Path;

use weir_cli::admin::Admin;
use weir_load::{drive, outcome, serve::Stats};
use weir_telemetry::outcome::{Fault, Outcome};
use weir_tests::counts::Counts;
use weir_tests::eventually::eventually;
use weir_tests::program::Program;
use weir_tests::sample::{ingress, service};
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{answered_by, closed};

/// Requests during which an endpoint dies.
const REQUESTS: u64 = 6_000;
/// Requests that nobody can answer.
const LOST: u64 = 50;

/// An upstream that is a process.
async fn process(name: &str, listen: &str, folder: &Path) -> Program {
    let args =
        ["serve", "--listen", listen, "--admin", "127.0.0.1:0", "--version-name", name, "--latency", "2ms"];
    Program::start("weir-load", &args.map(str::to_owned), &folder.join(name)).await.unwrap()
}

fn listens(program: &Program) -> SocketAddr {
    program.address("listen").unwrap()
}

async fn stats(program: &Program) -> Stats {
    Admin::new(program.address("admin").unwrap()).get("/__weir/stats").await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dying_endpoint_fails_no_request_and_two_dead_ones_are_the_upstreams_fault_until_one_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut a, mut b) =
        (process("a", "127.0.0.1:0", folder.path()).await, process("b", "127.0.0.1:0", folder.path()).await);
    let text = ingress("web") + &service("web", &[], &[listens(&a), listens(&b)]);
    let proxy = Standalone::proxy(&[("web.yaml", text)], &[]).await.unwrap();
    let plan = |requests| closed(proxy.listen().unwrap(), "/web", 16, requests).unwrap();

    // One of two dies.
    let load = tokio::spawn(drive::run(plan(REQUESTS)));
    let look = || async {
        let received = stats(&a).await.received;
        if received > 500 { Ok(()) } else { Err(received) }
    };
    eventually("the load is under way", look).await;
    a.kill().unwrap();
    let load = load.await.unwrap().unwrap();
    let counts = Counts::of(&proxy.settled().await.unwrap(), "web");
    let (by_a, by_b, received_by_b) =
        (answered_by(&load, "a"), answered_by(&load, "b"), stats(&b).await.received);
    let retries = counts.total().retries;
    println!(
        "one of two killed: {} sent, {} failed; {by_a} answered by the one that died, {by_b} by the other, which received {received_by_b}; {retries} \
         attempts were repeated",
        load.sent, load.results.errors
    );
    assert_eq!((load.sent, load.results.completed, load.results.errors), (REQUESTS, REQUESTS, 0), "{load:?}");
    assert_eq!((by_a + by_b, by_b), (REQUESTS, received_by_b));
    assert_eq!((counts.of_users(), counts.total().outcomes.get(Outcome::Success)), (REQUESTS, REQUESTS));
    assert!(by_a > 100 && by_b > 100 && retries > 0, "{by_a} {by_b} {retries}");

    // Both are dead.
    b.kill().unwrap();
    let load = drive::run(plan(LOST)).await.unwrap();
    let now = Counts::of(&proxy.settled().await.unwrap(), "web");
    println!("both killed: {:?} by status; {:?} by the proxy", load.results.statuses, now.total().outcomes);
    assert!(load.results.statuses.keys().all(|status| [502, 503].contains(status)), "{load:?}");
    assert_eq!(load.results.outcome(outcome::Outcome::ServerError), LOST, "{load:?}");
    assert_eq!(
        (now.to_blame(Fault::Upstream), now.to_blame(Fault::Proxy), now.to_blame(Fault::Client)),
        (LOST, 0, 0)
    );

    // One is back, at the same address; the other is not.
    let back = process("a", &listens(&a).to_string(), folder.path()).await;
    let load = drive::run(plan(REQUESTS / 10)).await.unwrap();
    let last = Counts::of(&proxy.settled().await.unwrap(), "web");
    println!(
        "one is back: {} sent, {} failed, it received {}",
        load.sent,
        load.results.errors,
        stats(&back).await.received
    );
    assert_eq!((load.results.completed, load.results.errors), (REQUESTS / 10, 0), "{load:?}");
    assert_eq!(stats(&back).await.received, REQUESTS / 10);
    assert_eq!((last.of_users(), last.to_blame(Fault::Upstream)), (REQUESTS + LOST + REQUESTS / 10, LOST));
}
