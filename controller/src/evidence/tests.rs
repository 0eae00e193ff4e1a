//! Evidence: gathered block by block, kept over a restart.

use std::collections::BTreeMap;

use super::{Evidence, Scope};
use crate::recent::Recent;
use crate::sample::Interval;
use weir_api::status::{CanaryStatus, Phase, ReleaseStatus, Revision, Split, TrackShare};
use weir_api::{Share, Timestamp};
use weir_judge::{Criteria, Decision};
use weir_rollout::State;
use weir_telemetry::histogram::Histogram;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::window::Window;
use weir_telemetry::wire::SeriesKey;

const EPOCH: u64 = 3;

fn state() -> State {
    let revision = |name: &str| Revision { image: name.to_owned(), revision: name.to_owned() };
    let track = |service: &str, revision: &str| TrackShare {
        service: service.to_owned(),
        revision: revision.to_owned(),
        weight: Share::from_basis_points(500).unwrap(),
    };
    let status = CanaryStatus {
        phase: Phase::Progressing,
        stable: Some(revision("old")),
        release: Some(ReleaseStatus {
            name: "r".to_owned(),
            revision: revision("new"),
            started_at: Timestamp::from_unix_micros(0),
            outcome: None,
            decided_at: None,
            finished_at: None,
            unproven: false,
            reason: String::new(),
        }),
        step: Some(0),
        since: Some(Timestamp::from_unix_micros(0)),
        epoch: EPOCH,
        split: Some(Split {
            epoch: EPOCH,
            stable_revision: "old".to_owned(),
            canary: track("api-canary", "new"),
            baseline: Some(track("api-baseline", "old")),
        }),
        ..CanaryStatus::default()
    };
    weir_rollout::status::read(&status).unwrap().unwrap()
}

fn interval(instance: &str, epoch: Option<u64>, canary: (u64, u64), baseline: (u64, u64)) -> Interval {
    let window = |(fine, failed): (u64, u64), micros| {
        let mut window = Window::default();
        window.outcomes.add_many(Outcome::Success, fine);
        window.outcomes.add_many(Outcome::ServerError, failed);
        (0..fine + failed).for_each(|_| window.duration.record(micros));
        window
    };
    let key = |track: &str, revision: &str| {
        let [route, service, track, revision] = ["r", "shop/api", track, revision].map(str::to_owned);
        SeriesKey { route, service, track, revision }
    };
    Interval {
        instance: instance.to_owned(),
        epochs: epoch.map(|epoch| ("shop/api".to_owned(), epoch)).into_iter().collect(),
        windows: BTreeMap::from([
            (key("canary", "new"), window(canary, 5000)),
            (key("baseline", "old"), window(baseline, 5000)),
        ]),
    }
}

fn recent(requests: u64) -> Recent {
    let mut served = Histogram::default();
    (0..requests).for_each(|_| served.record(5000));
    let mut recent = Recent::default();
    recent.add(&served, Timestamp::from_unix_micros(0));
    recent
}

fn look(evidence: &mut Evidence, intervals: &[Interval], recent: &Recent) {
    let state = state();
    evidence.observe(Scope { canary: "shop/api", service: "shop/api", state: &state }, intervals, recent);
}

#[test]
fn a_proxy_counts_from_the_report_after_its_acknowledgement_on() {
    let mut evidence = Evidence::new(&Criteria::default());
    for (epoch, requests) in
        [(None, 0), (Some(2), 0), (Some(EPOCH), 0), (Some(EPOCH), 10), (Some(EPOCH), 20), (Some(4), 20)]
    {
        look(&mut evidence, &[interval("p", epoch, (10, 0), (10, 0))], &recent(1000));
        assert_eq!(evidence.canary_requests(), requests, "at {epoch:?}");
    }
    assert_eq!(evidence.totals.canary.outcomes.total(), 60, "the totals hold every request");
}

#[test]
fn the_guard_looks_at_proxies_that_answer_while_another_is_silent() {
    let mut evidence = Evidence::new(&Criteria::default());
    for _ in 0..20 {
        look(&mut evidence, &[interval("p", Some(EPOCH), (5, 5), (10, 0))], &recent(1000));
    }
    assert_eq!(evidence.verdict().decision, Decision::Fail);
}

#[test]
fn errors_count_from_the_first_block_and_nothing_passes_before_latencies_are_known() {
    let mut evidence = Evidence::new(&Criteria::default());
    let healthy = || [interval("p", Some(EPOCH), (500, 0), (500, 0))];
    for _ in 0..10 {
        look(&mut evidence, &healthy(), &recent(99));
    }
    assert_eq!(evidence.verdict().decision, Decision::Insufficient);
    let before = evidence.verdict();
    look(&mut evidence, &healthy(), &recent(100));
    let after = evidence.verdict();
    assert_eq!(
        after.metrics[0].canary.n,
        before.metrics[0].canary.n + 500,
        "the errors of the past are kept"
    );
    assert!(!evidence.sequential().thresholds().is_empty());
    for _ in 0..10 {
        look(&mut evidence, &healthy(), &recent(100));
    }
    assert_eq!(evidence.verdict().decision, Decision::Pass, "{}", evidence.verdict().reason);
}

#[test]
fn what_was_saved_goes_on_with_the_same_evidence() {
    let mut evidence = Evidence::new(&Criteria::default());
    look(&mut evidence, &[interval("p", Some(EPOCH), (10, 0), (10, 0))], &recent(100));
    look(&mut evidence, &[interval("p", Some(EPOCH), (8, 2), (10, 0))], &recent(100));
    let mut restored: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
    for evidence in [&mut evidence, &mut restored] {
        look(evidence, &[interval("p", Some(EPOCH), (9, 1), (10, 0))], &recent(100));
    }
    assert_eq!(restored.verdict(), evidence.verdict());
    assert_eq!(restored.canary_requests(), evidence.canary_requests());
}
