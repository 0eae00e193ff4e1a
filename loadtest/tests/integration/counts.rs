//! What was sent, what arrived and what is reported are the same numbers.

use std::{num::NonZeroUsize, time::Duration};

use weir_load::{
    arrivals::{Schedule, Spacing, Stage},
    drive,
    plan::{Pace, Plan, Protocol, Target, Variation},
    serve::{Change, Options, Server},
};

use crate::open_loop::assert_adds_up;

fn n(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

fn closed(lanes: usize, requests: u64) -> Pace {
    Pace::Closed { lanes: n(lanes), requests: Some(requests), duration: None }
}

pub(crate) fn open(stage: &str, spacing: Spacing) -> Pace {
    let stages = vec![stage.parse::<Stage>().unwrap()];
    Pace::Open {
        schedule: Schedule { stages, spacing, limit: None },
        max_in_flight: n(10_000),
        connections: None,
    }
}

pub(crate) async fn upstream() -> Server {
    Server::start(Options::default()).await.unwrap()
}

#[tokio::test]
async fn a_closed_loop_sends_exactly_the_requests_that_the_upstream_receives() {
    let server = upstream().await;
    let report = drive::run(Plan::new(&server.url(), closed(16, 20_000)).unwrap()).await.unwrap();
    assert_adds_up(&report);
    assert_eq!((report.scheduled, report.sent, report.results.completed), (20_000, 20_000, 20_000));
    let stats = server.shutdown().await;
    assert_eq!((stats.received, stats.answered, stats.aborted), (20_000, 20_000, 0));
}

#[tokio::test]
async fn several_workers_and_http2_divide_the_requests_without_loss_or_repetition() {
    for protocol in [Protocol::Http1, Protocol::Http2 { streams: n(10) }] {
        let server = upstream().await;
        let plan = Plan { protocol, workers: n(3), ..Plan::new(&server.url(), closed(32, 10_001)).unwrap() };
        let report = drive::run(plan).await.unwrap();
        assert_adds_up(&report);
        assert_eq!(report.results.completed, 10_001, "{protocol:?}");
        assert_eq!(server.shutdown().await.received, 10_001, "{protocol:?}");
    }
}

#[tokio::test]
async fn an_open_loop_sends_every_arrival_of_its_schedule() {
    for (workers, protocol) in
        [(1, Protocol::Http1), (2, Protocol::Http1), (2, Protocol::Http2 { streams: n(50) })]
    {
        let server = upstream().await;
        let pace = open("500ms:100..1900", Spacing::Even);
        let plan = Plan { protocol, workers: n(workers), ..Plan::new(&server.url(), pace).unwrap() };
        let report = drive::run(plan).await.unwrap();
        assert_adds_up(&report);
        assert_eq!((report.scheduled, report.sent, report.unsent.total), (500, 500, 0));
        assert_eq!(server.shutdown().await.received, 500);
        assert!(
            report.elapsed_seconds >= 0.49,
            "the schedule was followed, not outrun: {} s",
            report.elapsed_seconds
        );
    }
}

#[tokio::test]
async fn targets_variations_and_errors_are_counted_by_the_upstream_as_reported() {
    let server = upstream().await;
    server.change(Change { error_share: "20%".parse().ok(), ..Change::default() }).unwrap();
    let target =
        |weight: u32, path: &str| format!("{weight}%:{}{path}", server.url()).parse::<Target>().unwrap();
    let plan = Plan {
        targets: vec![target(75, "/a"), target(25, "/b?x=1")],
        variations: vec![Variation::user_cookie("user", 50).unwrap()],
        group_by: Some("x-version".parse().unwrap()),
        ..Plan::new(&server.url(), closed(8, 4000)).unwrap()
    };
    let report = drive::run(plan).await.unwrap();
    assert_adds_up(&report);
    let stats = server.shutdown().await;
    assert_eq!(stats.statuses[&500], report.results.errors);
    assert_eq!(stats.statuses[&200], report.results.statuses[&200]);
    assert!(report.results.errors.abs_diff(800) < 120, "{} errors of 800 expected", report.results.errors);
    assert_eq!(stats.paths["/a"].received + stats.paths["/b"].received, 4000);
    assert!(stats.paths["/b"].received.abs_diff(1000) < 150, "{} on /b", stats.paths["/b"].received);
    assert_eq!(report.groups.keys().collect::<Vec<_>>(), ["v1"]);
    assert_eq!((report.groups["v1"].completed, report.groups["v1"].errors), (4000, report.results.errors));
    let users = report.users.unwrap();
    assert_eq!((users.seen, users.moved), (50, 0));
}

#[tokio::test]
async fn users_that_are_answered_by_several_versions_are_counted_as_moved() {
    let server = upstream().await;
    let pace = Pace::Closed { lanes: n(1), requests: None, duration: Some(Duration::from_mins(1)) };
    let plan = Plan {
        variations: vec![Variation::user_cookie("user", 5).unwrap()],
        group_by: Some("x-version".parse().unwrap()),
        ..Plan::new(&server.url(), pace).unwrap()
    };
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut seconds = 0;
    let observe = |second: &weir_load::report::Second| {
        seconds += 1;
        // The version changes after the first second, the run ends after the next that saw the change.
        server.change(Change { version_name: Some("v2".to_owned()), ..Change::default() }).unwrap();
        if second.groups.contains_key("v2") {
            stop.send_replace(true);
        }
    };
    let report = drive::run_observed(plan, stopped, observe).await.unwrap();
    assert!(seconds >= 2 && report.ended_early);
    assert_adds_up(&report);
    assert_eq!(report.groups.keys().filter(|name| name.starts_with('v')).count(), 2);
    assert_eq!(report.users.map(|users| (users.seen, users.moved)), Some((5, 5)));
}
