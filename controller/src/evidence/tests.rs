//! Evidence: gathered block by block, kept over a restart.

use std::collections::BTreeMap;

use super::{Evidence, Requests, Scope};
use crate::recent::Recent;
use crate::sample::Interval;
use weir_api::status::{CanaryStatus, Phase, ReleaseStatus, Revision, Split, TrackShare};
use weir_api::{Share, Timestamp};
use weir_judge::{Criteria, Decision};
use weir_rollout::State;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::window::Window;
use weir_telemetry::wire::SeriesKey;

mod traced;

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
            from: None,
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
            ..Split::default()
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
        SeriesKey { route, service, track, revision, group: String::new() }
    };
    Interval {
        instance: instance.to_owned(),
        epochs: epoch.map(|epoch| ("shop/api".to_owned(), epoch)).into_iter().collect(),
        windows: BTreeMap::from([
            (key("canary", "new"), window(canary, 5000)),
            (key("baseline", "old"), window(baseline, 5000)),
        ]),
        open: BTreeMap::new(),
    }
}

fn recent(requests: u64) -> Recent {
    let mut served = Window::default();
    (0..requests).for_each(|_| served.duration.record(5000));
    served.outcomes.add_many(Outcome::Success, requests);
    let mut recent = Recent::default();
    recent.add(&served, Timestamp::from_unix_micros(0));
    recent
}

fn look(evidence: &mut Evidence, intervals: &[Interval], recent: &Recent) {
    let state = state();
    let now = Timestamp::from_unix_micros(0);
    evidence.observe(
        Scope { canary: "shop/api", service: "shop/api", state: &state },
        intervals,
        recent,
        now,
    );
}

#[test]
fn a_proxy_counts_from_the_report_after_its_acknowledgement_on() {
    let mut evidence = Evidence::new(&Criteria::default());
    for (epoch, requests) in
        [(None, 0), (Some(2), 0), (Some(EPOCH), 0), (Some(EPOCH), 10), (Some(EPOCH), 20), (Some(4), 20)]
    {
        look(&mut evidence, &[interval("p", epoch, (10, 0), (10, 0))], &recent(1000));
        assert_eq!(evidence.requests().at_this_weight, requests, "at {epoch:?}");
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
    assert_eq!(restored.requests(), evidence.requests());
}

#[test]
fn what_serves_everything_is_compared_with_what_stable_served_before() {
    let full = |phase| {
        let mut status = weir_rollout::status::write(&state(), &CanaryStatus::default());
        status.phase = phase;
        let split = status.split.as_mut().unwrap();
        (split.canary.weight, split.baseline) =
            (if phase == Phase::Watching { Share::ZERO } else { Share::FULL }, None);
        weir_rollout::status::read(&status).unwrap().unwrap()
    };
    let looks = |phase, failed: u64| {
        let mut evidence = Evidence::new(&Criteria::default());
        let state = full(phase);
        for _ in 0..8 {
            let mut interval = interval("a", Some(EPOCH), (200 - failed, failed), (0, 0));
            if phase == Phase::Watching {
                interval.windows = interval
                    .windows
                    .into_iter()
                    .filter(|(key, _)| key.track == "canary")
                    .map(|(key, window)| (SeriesKey { track: "stable".to_owned(), ..key }, window))
                    .collect();
            }
            let scope = Scope { canary: "shop/api", service: "shop/api", state: &state };
            evidence.observe(scope, &[interval], &recent(20_000), Timestamp::from_unix_micros(0));
        }
        evidence.verdict().decision
    };
    for phase in [Phase::Progressing, Phase::Promoting, Phase::Watching] {
        assert_eq!(looks(phase, 60), Decision::Fail, "{phase:?}");
        assert_ne!(looks(phase, 0), Decision::Fail, "{phase:?}");
    }
}

#[test]
fn copies_are_evidence_at_every_weight_and_what_a_canary_was_tried_with_only_while_it_has_no_users() {
    let looks = |weight: u16, failed: u64| {
        let mut status = weir_rollout::status::write(&state(), &CanaryStatus::default());
        let share = Share::from_basis_points(weight).unwrap();
        let split = status.split.as_mut().unwrap();
        split.canary.weight = share;
        split.baseline.as_mut().unwrap().weight = share;
        let state = weir_rollout::status::read(&status).unwrap().unwrap();
        let mut evidence = Evidence::new(&Criteria::default());
        for _ in 0..12 {
            let mut interval = interval("p", Some(EPOCH), (500 - failed, failed), (500, 0));
            let copied = |(key, window): (SeriesKey, Window)| {
                (SeriesKey { group: key.track, track: "shadow".to_owned(), ..key }, window)
            };
            interval.windows = interval.windows.into_iter().map(copied).collect();
            let scope = Scope { canary: "shop/api", service: "shop/api", state: &state };
            evidence.observe(scope, &[interval], &recent(1000), Timestamp::from_unix_micros(0));
        }
        evidence
    };
    for weight in [0, 500] {
        let failing = looks(weight, 100);
        let verdict = failing.verdict();
        assert_eq!(verdict.decision, Decision::Fail, "{}", verdict.reason);
        assert!(verdict.reason.starts_with("on copies of requests: "), "{}", verdict.reason);
        let tried = if weight == 0 { 11 * 500 } else { 0 };
        let expected = Requests { at_this_weight: tried, ..Requests::default() };
        assert_eq!(failing.requests(), expected, "no request is a user's, and none failed one");
        assert_eq!(looks(weight, 0).verdict().decision, Decision::Pass, "at {weight}");
    }
}

/// Ten requests a second that the canary never answers, and their age.
fn hanging(second: u64, answered: u64) -> Interval {
    let mut interval = interval("a", Some(EPOCH), (0, 0), (answered, 0));
    let keys: Vec<SeriesKey> = interval.windows.keys().cloned().collect();
    for key in keys {
        let open = if key.track == "canary" { 10 * second } else { 3 };
        interval.open.insert(key, open);
    }
    interval
}

#[test]
fn a_canary_that_never_answers_fails_before_anything_of_it_has_ended() {
    let mut evidence = Evidence::new(&Criteria::default());
    let (state, recent) = (state(), recent(20_000));
    let scope = Scope { canary: "shop/api", service: "shop/api", state: &state };
    let mut look = |second: u64| {
        let now = Timestamp::from_unix_micros(i64::try_from(second).unwrap() * 1_000_000);
        evidence.observe(scope, &[hanging(second, 10)], &recent, now);
        evidence.verdict().decision
    };
    let failed = (1..=20).find(|second| look(*second) == Decision::Fail);
    assert!(failed.is_some_and(|second| (6..=10).contains(&second)), "{failed:?}");
    assert!(evidence.totals.canary.outcomes.total() == 0);
}

#[test]
fn a_control_that_never_answers_either_says_nothing() {
    let mut evidence = Evidence::new(&Criteria::default());
    let (state, recent) = (state(), recent(20_000));
    let scope = Scope { canary: "shop/api", service: "shop/api", state: &state };
    for second in 1..=60 {
        let mut interval = hanging(second, 0);
        interval.open.values_mut().for_each(|open| *open = 10 * second);
        let now = Timestamp::from_unix_micros(i64::try_from(second).unwrap() * 1_000_000);
        evidence.observe(scope, &[interval], &recent, now);
        assert_ne!(evidence.verdict().decision, Decision::Fail, "second {second}");
    }
}
