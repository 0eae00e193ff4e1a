//! Weights and routes change under load: no request fails, waits or is lost, and everybody counts the same.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::time::Duration;

use tokio::sync::watch;
use weir_load::{drive, report::Report, serve::Server};
use weir_telemetry::outcome::Outcome;
use weir_tests::counts::Counts;
use weir_tests::sample::{ingress, service, split};
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{answered_by, open, received, upstream};

/// Requests per second.
const RATE: f64 = 2_000.0;
/// Seconds of load, at least.
const SECONDS: u64 = 8;
/// Longer than every test.
const NO_END: Duration = Duration::from_hours(1);
/// Seconds before the first change.
const QUIET_SECONDS: u64 = 2;
/// No request may wait this much longer while things change than before: long enough for a busy machine, and short of every time limit.
const SLACK_MICROS: u64 = 2_000_000;

/// Up and down, to both ends, in steps that change the windows of the draw.
const WEIGHTS: [&str; 8] = ["5", "50", "33.33", "90", "0.01", "100", "0", "10"];

/// What one second of load saw.
#[derive(Clone, Copy, Debug)]
struct Seen {
    changes: usize,
    max_micros: u64,
}

struct Outcomes {
    load: Report,
    seconds: Vec<Seen>,
    changes: usize,
}

/// Runs the load; after some quiet seconds, calls `change` with 0, 1, 2 and so on until there was enough load and `least` changes.
async fn under_load<F: Future<Output = ()>>(
    proxy: &Standalone,
    least: usize,
    change: impl Fn(usize) -> F,
) -> Outcomes {
    let plan = open(proxy.listen().unwrap(), "/web", RATE, NO_END).unwrap();
    let (changes, seconds) = (Cell::new(0), RefCell::new(Vec::new()));
    let (tick, mut ticks) = watch::channel(0);
    let (stop, stopped) = watch::channel(false);
    let load = drive::run_observed(plan, stopped, |second| {
        seconds
            .borrow_mut()
            .push(Seen { changes: changes.get(), max_micros: second.results.latency_micros.max });
        tick.send_replace(second.second);
    });
    let changing = async {
        ticks.wait_for(|second| *second >= QUIET_SECONDS).await.unwrap();
        while *ticks.borrow() < SECONDS || changes.get() < least {
            change(changes.get()).await;
            changes.set(changes.get() + 1);
        }
        stop.send_replace(true);
    };
    let (load, ()) = tokio::join!(load, changing);
    Outcomes { load: load.unwrap(), changes: changes.get(), seconds: seconds.into_inner() }
}

/// Everybody counts the same, and nothing failed or waited.
async fn assert_exact(what: &str, proxy: &Standalone, outcomes: &Outcomes, upstreams: [(&str, &Server); 2]) {
    let Outcomes { load, changes, seconds } = outcomes;
    // But for what was not yet sent when it was stopped.
    let due = load.scheduled - load.unsent.stopped;
    let counts = Counts::of(&proxy.settled().await.unwrap(), "web");
    let received = upstreams.map(|(track, server)| (track, received(server, "/web")));
    let longest = |quiet: bool| {
        seconds
            .iter()
            .filter(|second| (second.changes == 0) == quiet)
            .map(|second| second.max_micros)
            .max()
            .unwrap_or(0)
    };
    println!(
        "{what}: {changes} changes under {RATE} requests per second; due {due}, sent {}, failed {}, unsent {}; by the proxy {}, rescued {}; by the \
         upstreams {received:?}; longest before the changes {} us, with them {} us",
        load.sent,
        load.results.errors,
        load.unsent.total,
        counts.of_users(),
        counts.total().rescued,
        longest(true),
        longest(false)
    );
    assert!(load.scheduled >= SECONDS * 2_000, "{load:?}");
    assert_eq!(
        (load.sent, load.results.completed, load.unsent.total),
        (due, due, load.unsent.stopped),
        "{load:?}"
    );
    assert_eq!((load.results.errors, load.unfinished), (0, 0), "{load:?}");
    assert_eq!((counts.of_users(), counts.total().rescued, counts.total().retries), (due, 0, 0));
    assert_eq!(counts.total().outcomes.get(Outcome::Success), due);
    for (track, received) in received {
        assert_eq!((received, received), (counts.requests(track), answered_by(load, track)), "{track}");
    }
    assert_eq!(received.iter().map(|(_, received)| received).sum::<u64>(), due);
    assert!(longest(false) < longest(true) + SLACK_MICROS, "{seconds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_weight_under_load_fail_no_request_and_every_count_is_exact() {
    let (stable, canary) = (upstream("stable", "0").await.unwrap(), upstream("canary", "0").await.unwrap());
    let text = |weight: &str| split("web", &[stable.address()], (weight, &[canary.address()]), None, &[]);
    let proxy = Standalone::proxy(&[("web.yaml", text("10"))], &[]).await.unwrap();
    let (proxy_ref, text) = (&proxy, &text);
    let outcomes = under_load(&proxy, WEIGHTS.len(), |number| async move {
        proxy_ref
            .changed(|| proxy_ref.apply("web.yaml", &text(WEIGHTS[number % WEIGHTS.len()])))
            .await
            .unwrap();
    })
    .await;
    assert_exact("weights", &proxy, &outcomes, [("stable", &stable), ("canary", &canary)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_reloads_under_load_fail_no_request_and_every_count_is_exact() {
    let (stable, canary) = (upstream("stable", "0").await.unwrap(), upstream("canary", "0").await.unwrap());
    let web = |comment: usize| {
        let mut text = split("web", &[stable.address()], ("33.33", &[canary.address()]), None, &[]);
        writeln!(text, "# Written {comment} times.").unwrap();
        text
    };
    // Other routes come and go: 10 to 90 of them, from file to file.
    let others = |number: usize| -> String {
        let names = (0..10 + 20 * (number % 5)).map(|other| format!("other-{number}-{other}"));
        names.map(|name| ingress(&name) + &service(&name, &[], &[stable.address()])).collect()
    };
    let proxy = Standalone::proxy(&[("web.yaml", web(0)), ("others-0.yaml", others(0))], &[]).await.unwrap();
    let (proxy_ref, web, others) = (&proxy, &web, &others);
    // There and back at least; how many there are more depends on what else the machine does.
    let outcomes = under_load(&proxy, 2, |number| async move {
        let change = || {
            proxy_ref.apply("web.yaml", &web(number + 1))?;
            proxy_ref.apply(&format!("others-{}.yaml", number + 1), &others(number + 1))?;
            proxy_ref.delete(&format!("others-{number}.yaml"))
        };
        proxy_ref.changed(change).await.unwrap();
    })
    .await;
    assert_exact("full reloads", &proxy, &outcomes, [("stable", &stable), ("canary", &canary)]).await;
    // The share held over all reloads: no draw began anew.
    let (requests, hits) = (outcomes.load.sent, received(&canary, "/web"));
    let workers = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    assert!((hits * 10_000).abs_diff(requests * 3_333) < workers * 10_000, "{hits} of {requests} at 33.33 %");
}
