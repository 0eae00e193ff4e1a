//! What people read: every decision explains itself with numbers and units.

use weir_judge::{Block, Counts, Criteria, Decision, Sequential, Threshold, TrackBlock};

fn track(requests: u64, errors: u64, slow: u64) -> TrackBlock {
    TrackBlock { requests, errors, timed: requests, above: vec![requests / 2, slow] }
}

fn judge() -> Sequential {
    let threshold = |quantile, micros| Threshold { quantile, micros };
    Sequential::new(Criteria::default(), vec![threshold(0.5, 20_000), threshold(0.99, 47_000)])
}

fn after(blocks: u64, control: &TrackBlock, canary: &TrackBlock) -> Sequential {
    let mut judge = judge();
    for _ in 0..blocks {
        judge.observe(&Block { control: control.clone(), canary: canary.clone(), stable: None });
    }
    judge
}

#[test]
fn without_requests_the_empty_side_is_named() {
    assert_eq!(judge().verdict().reason, "no requests on the canary yet");
    let verdict = after(3, &TrackBlock::default(), &track(10, 0, 0)).verdict();
    assert_eq!(
        (verdict.decision, verdict.reason.as_str()),
        (Decision::NoData, "no requests on the control yet")
    );
    assert_eq!(verdict.requests_needed, None);
}

#[test]
fn a_fail_names_the_metric_with_both_shares_and_the_evidence() {
    let verdict = after(10, &track(10, 0, 0), &track(10, 2, 0)).verdict();
    println!("{}\n{}", verdict.reason, verdict.metrics[0].reason);
    assert_eq!(verdict.decision, Decision::Fail);
    assert!(verdict.reason.starts_with(
        "the canary is worse than its control: errors 20 % (20 of 100 requests) against 0 % (0 of 100 requests) on the control"
    ));
    assert!(verdict.reason.ends_with("where 100 is enough"));
    assert_eq!(verdict.metrics[0].decision, Decision::Fail);
    assert!(verdict.metrics[0].interval.0 > 0.0);
}

#[test]
fn a_slow_canary_fails_on_the_threshold_that_shows_it() {
    let verdict = after(40, &track(100, 0, 1), &track(100, 0, 6)).verdict();
    assert_eq!(verdict.decision, Decision::Fail);
    assert!(
        verdict.reason.contains("latency above p99 (47 ms) 6 % (240 of 4,000 requests)"),
        "{}",
        verdict.reason
    );
}

#[test]
fn insufficient_says_how_many_requests_are_missing_and_the_estimate_is_about_right() {
    let (control, canary) = (track(100, 1, 1), track(100, 1, 1));
    let verdict = after(5, &control, &canary).verdict();
    println!("{}\n{}", verdict.reason, verdict.metrics[2].reason);
    assert_eq!(verdict.decision, Decision::Insufficient);
    assert!(verdict.reason.contains("more canary requests are needed"), "{}", verdict.reason);
    let needed = verdict.requests_needed.unwrap();
    let blocks = 5 + needed.div_ceil(100);
    assert_ne!(after(blocks * 2 / 3, &control, &canary).decision(), Decision::Pass);
    assert_eq!(after(blocks * 3 / 2, &control, &canary).decision(), Decision::Pass);
}

#[test]
fn a_pass_says_what_was_shown() {
    let verdict = after(60, &track(100, 0, 1), &track(100, 0, 1)).verdict();
    println!("{}\n{}", verdict.reason, verdict.metrics[0].reason);
    assert_eq!(verdict.decision, Decision::Pass);
    assert_eq!(
        verdict.reason,
        "the canary is shown to be no worse than its control in errors and latency after 6,000 requests"
    );
    assert!(verdict.metrics.iter().all(|metric| metric.e_pass >= metric.pass_limit));
}

#[test]
fn without_thresholds_latency_cannot_pass_and_the_reason_says_so() {
    let mut judge = Sequential::new(Criteria::default(), Vec::new());
    for _ in 0..100 {
        judge.observe(&Block { control: track(100, 0, 0), canary: track(100, 0, 0), stable: None });
    }
    let verdict = judge.verdict();
    assert_eq!(verdict.decision, Decision::Insufficient);
    assert!(verdict.reason.starts_with("latency cannot be judged"));
    assert_eq!(verdict.requests_needed, None);
}

#[test]
fn no_pass_before_the_requests_asked_for() {
    let criteria = Criteria { min_requests: 10_000, ..Criteria::default() };
    let thresholds = judge().thresholds().to_vec();
    let mut judge = Sequential::new(criteria, thresholds);
    for _ in 0..60 {
        judge.observe(&Block { control: track(100, 0, 1), canary: track(100, 0, 1), stable: None });
    }
    assert_eq!(
        judge.verdict().reason,
        "not decided yet: the canary has served 6,000 of the 10,000 requests asked for"
    );
    assert_eq!(judge.verdict().requests_needed, Some(4_000));
}

#[test]
fn counts_of_a_broken_report_are_put_right() {
    assert_eq!(Counts::new(3, 7), Counts { n: 3, k: 3 });
    let broken = TrackBlock { requests: 5, errors: 9, timed: 2, above: vec![8] };
    assert_eq!(broken.counts_above(0), Counts { n: 2, k: 2 });
    assert_eq!(broken.counts_above(1), Counts::default());
}
