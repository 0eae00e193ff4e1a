//! The schedule is kept whatever the server does, and latency tells what users would have waited.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use weir_load::{
    arrivals::{Schedule, Spacing, Stage},
    drive,
    plan::{Pace, Plan},
    report::Report,
};

use crate::scripted::{OK, Scripted, answer};

pub(crate) fn plan(
    url: &str,
    rate: f64,
    millis: u64,
    max_in_flight: usize,
    connections: Option<usize>,
) -> Plan {
    let stages = vec![Stage::constant(Duration::from_millis(millis), rate).unwrap()];
    let schedule = Schedule { stages, spacing: Spacing::Even, limit: None };
    let connections = connections.and_then(NonZeroUsize::new);
    let pace = Pace::Open { schedule, max_in_flight: NonZeroUsize::new(max_in_flight).unwrap(), connections };
    Plan::new(url, pace).unwrap()
}

/// Everything that must add up in every report.
pub(crate) fn assert_adds_up(report: &Report) {
    assert_eq!(
        report.scheduled,
        report.results.completed + report.unsent.total + report.unfinished,
        "{report:?}"
    );
}

#[tokio::test]
async fn sending_goes_on_while_no_answer_comes() {
    // Nobody is answered until the hundredth request has come: a loop that waits for answers would never get there.
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let server = Scripted::start({
        let gate = Arc::clone(&gate);
        move |_, stream| {
            let mut waiting = gate.0.lock().unwrap();
            *waiting += 1;
            gate.1.notify_all();
            drop(gate.1.wait_while(waiting, |waiting| *waiting < 100).unwrap());
            answer(stream, OK)
        }
    });
    let report = drive::run(plan(&server.url(), 200.0, 500, 1000, None)).await.unwrap();
    assert_adds_up(&report);
    assert_eq!((report.results.outcomes["2xx"], server.received()), (100, 100));
    // The first was due half a second before the last, and waited all that time.
    assert!(report.results.latency_micros.max > 450_000, "{:?}", report.results.latency_micros);
}

#[tokio::test]
async fn what_is_beyond_the_limit_in_flight_is_counted_as_unsent() {
    let server = Scripted::start(|_, _| {
        loop {
            thread::park();
        }
    });
    let mut plan = plan(&server.url(), 200.0, 500, 10, None);
    plan.timeout = Duration::from_secs(2);
    let report = drive::run(plan).await.unwrap();
    assert_adds_up(&report);
    assert_eq!((report.scheduled, report.sent, server.received()), (100, 10, 10));
    assert_eq!((report.unsent.max_in_flight, report.unsent.total), (90, 90));
    assert_eq!(report.results.outcomes["timeout"], 10);
}

#[tokio::test]
async fn who_waited_for_a_connection_until_the_timeout_is_counted_as_unsent() {
    let server = Scripted::start(|_, _| {
        loop {
            thread::park();
        }
    });
    // All due within 2 ms, two sent at once: the others' time is over when these have been given up.
    let mut plan = plan(&server.url(), 10_000.0, 2, 1000, Some(2));
    plan.timeout = Duration::from_millis(300);
    let report = drive::run(plan).await.unwrap();
    assert_adds_up(&report);
    assert_eq!(report.scheduled, 20);
    assert!(report.results.outcomes["timeout"] >= 2 && report.unsent.expired >= 2, "{report:?}");
    assert_eq!(report.results.outcomes["timeout"] + report.unsent.expired, 20, "{report:?}");
}
