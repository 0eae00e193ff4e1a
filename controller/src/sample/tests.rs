//! Windows of proxies become blocks for the judge.

use std::collections::BTreeMap;

use super::{Control, Tracks, block};
use weir_judge::Threshold;
use weir_telemetry::histogram::edge_at_or_above;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::window::Window;
use weir_telemetry::wire::{MATCHED, SeriesKey};

fn key(route: &str, service: &str, track: &str, revision: &str) -> SeriesKey {
    let [route, service, track, revision] = [route, service, track, revision].map(str::to_owned);
    SeriesKey { route, service, track, revision, group: String::new() }
}

fn window(fine: u64, failed: u64, micros: u64) -> Window {
    let mut window = Window::default();
    window.outcomes.add_many(Outcome::Success, fine);
    window.outcomes.add_many(Outcome::ServerError, failed);
    (0..fine + failed).for_each(|_| window.duration.record(micros));
    window
}

#[test]
fn routes_of_one_service_count_as_one_and_other_services_not_at_all() {
    let windows = BTreeMap::from([
        (key("a", "shop/api", "canary", "new"), window(3, 1, 1000)),
        (key("b", "shop/api", "canary", "new"), window(5, 0, 1000)),
        (key("a", "shop/api", "canary", "older"), window(100, 100, 1000)),
        (key("c", "shop/other", "canary", "new"), window(100, 100, 1000)),
        (key("a", "shop/api", "shadow", "new"), window(100, 100, 1000)),
        (key("a", "shop/api", "stable", "old"), window(50, 2, 1000)),
    ]);
    let mut tracks = Tracks::default();
    tracks.add("shop/api", "new", &windows);
    assert_eq!((tracks.canary.outcomes.total(), tracks.canary.outcomes.errors()), (9, 1));
    assert_eq!((tracks.stable.outcomes.total(), tracks.baseline.outcomes.total()), (52, 0));
}

#[test]
fn stable_beside_a_baseline_speaks_about_errors_only() {
    let tracks = Tracks {
        stable: window(90, 10, 9000),
        baseline: window(9, 1, 9000),
        canary: window(8, 2, 9000),
        ..Tracks::default()
    };
    let thresholds =
        [1000, 100_000].map(|micros| Threshold { quantile: 0.5, micros: edge_at_or_above(micros) });
    let with = block(&tracks, Control::BaselineAndStable, &thresholds).unwrap();
    let stable = with.stable.unwrap();
    assert_eq!((stable.requests, stable.errors, stable.timed), (100, 10, 0));
    assert_eq!((with.control.requests, with.control.errors, with.control.above), (10, 1, vec![10, 0]));
    assert_eq!((with.canary.timed, with.canary.above), (10, vec![10, 0]));
    let without = block(&tracks, Control::Stable, &thresholds).unwrap();
    assert_eq!((without.control.requests, without.control.timed, without.stable), (100, 100, None));
    assert_eq!(block(&tracks, Control::Baseline, &thresholds).unwrap().stable, None);
}

#[test]
fn warm_up_requests_count_as_requests_but_not_for_latency() {
    let mut cold = window(10, 0, 9000);
    cold.outcomes.add_many(Outcome::Success, 7);
    cold.warmup_requests = 7;
    let tracks = Tracks { canary: cold, ..Tracks::default() };
    let canary = block(&tracks, Control::Stable, &[]).unwrap().canary;
    assert_eq!((canary.requests, canary.timed), (17, 10));
}

#[test]
fn nothing_measured_is_no_block() {
    assert_eq!(block(&Tracks::default(), Control::BaselineAndStable, &[]), None);
}

#[test]
fn what_a_header_route_brings_to_the_canary_alone_is_counted_and_compared_with_nothing() {
    let matched = SeriesKey { group: MATCHED.to_owned(), ..key("a", "shop/api", "canary", "new") };
    let windows = BTreeMap::from([
        (matched, window(0, 9, 1000)),
        (key("a", "shop/api", "canary", "new"), window(5, 0, 1000)),
    ]);
    let mut tracks = Tracks::default();
    tracks.add("shop/api", "new", &windows);
    assert_eq!((tracks.matched.outcomes.errors(), tracks.canary.outcomes.total()), (9, 5));
    let judged = block(&tracks, Control::Stable, &[]).unwrap().canary;
    assert_eq!((judged.requests, judged.errors), (5, 0));
    assert_eq!(crate::view::users_hit(&tracks), 9);
    let shown = crate::view::TrackView::all(&tracks);
    assert_eq!((shown[1].requests, shown[1].errors), (14, 9));
}

#[test]
fn copies_are_compared_with_copies_and_are_no_requests_of_users() {
    let copy = |of: &str, revision: &str| SeriesKey {
        group: of.to_owned(),
        ..key("a", "shop/api", "shadow", revision)
    };
    let windows = BTreeMap::from([
        // The same image under another name has the same revision.
        (copy("canary", "same"), window(6, 4, 5000)),
        (copy("baseline", "same"), window(10, 0, 1000)),
        (copy("canary", "older"), window(0, 100, 1000)),
        (copy("", "same"), window(0, 100, 1000)),
        (key("a", "shop/api", "stable", "same"), window(10, 0, 1000)),
    ]);
    let mut tracks = Tracks::default();
    tracks.add("shop/api", "same", &windows);
    let thresholds = [Threshold { quantile: 0.5, micros: edge_at_or_above(2000) }];
    let judged = super::copies(&tracks, &thresholds).unwrap();
    assert_eq!((judged.canary.requests, judged.canary.errors, judged.canary.above), (10, 4, vec![10]));
    assert_eq!((judged.control.requests, judged.control.errors, judged.control.above), (10, 0, vec![0]));
    assert_eq!(judged.stable, None);
    assert_eq!((tracks.canary.outcomes.total(), crate::view::users_hit(&tracks)), (0, 0));
    assert_eq!(super::copies(&Tracks::default(), &thresholds), None);
}
