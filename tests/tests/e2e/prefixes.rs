//! Every prefix of the requests is split exactly, and their order has no period: seen in the order in which one client gets its answers.
//!
//! One worker and one connection: then the order of the answers is the order of the decisions.

use weir_tests::client::{Client, get};
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::upstream;

/// Requests of a sequence.
const REQUESTS: usize = 20_000;
/// Longest period looked for.
const LONGEST_PERIOD: usize = 500;

/// Asks one proxy thread over one connection; the names of the upstreams in order.
async fn sequence(canary_weight: &str, baseline_weight: Option<&str>) -> Vec<String> {
    let [stable, baseline, canary] = [
        upstream("stable", "0").await.unwrap(),
        upstream("baseline", "0").await.unwrap(),
        upstream("canary", "0").await.unwrap(),
    ];
    let beside = [baseline.address()];
    let beside = baseline_weight.map(|weight| (weight, &beside[..]));
    let text = split("web", &[stable.address()], (canary_weight, &[canary.address()]), beside, &[]);
    let proxy = Standalone::proxy(&[("web.yaml", text)], &["--workers", "1"]).await.unwrap();
    let mut client = Client::connect(proxy.listen().unwrap()).await.unwrap();
    let answers = client.all(&vec![get("/web", &[]); REQUESTS]).await.unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200));
    answers.iter().map(|answer| answer.version().to_owned()).collect()
}

/// The largest distance of any prefix from its share, in 1/10,000 of a request.
fn furthest(hits: &[bool], basis_points: u64) -> u64 {
    let (mut count, mut requests, mut furthest) = (0_u64, 0_u64, 0);
    for hit in hits {
        requests += 1;
        count += u64::from(*hit);
        furthest = furthest.max((count * 10_000).abs_diff(requests * basis_points));
    }
    furthest
}

/// The distance at which most hits have another hit behind them, and how many have one there.
fn most_periodic(hits: &[bool]) -> (usize, usize) {
    let pairs = |period: usize| hits.iter().zip(&hits[period..]).filter(|(a, b)| **a && **b).count();
    let periods = (1..=LONGEST_PERIOD).map(|period| (pairs(period), period));
    periods.max().map(|(pairs, period)| (period, pairs)).unwrap()
}

fn are(sequence: &[String], tracks: &[&str]) -> Vec<bool> {
    sequence.iter().map(|version| tracks.contains(&version.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_prefix_is_within_one_request_of_the_share_and_the_order_is_random() {
    let sequence = sequence("33.33", None).await;
    let hits = are(&sequence, &["canary"]);
    let furthest = furthest(&hits, 3_333);
    let total = hits.iter().filter(|hit| **hit).count();
    // Two canary requests side by side are the last of a window of three and the first of the next one: one window in nine. A fixed slot has none.
    let adjacent = hits.windows(2).filter(|pair| pair[0] && pair[1]).count();
    let (period, pairs) = most_periodic(&hits);
    let runs = hits.chunk_by(|a, b| a == b).count();
    println!(
        "33.33 %: {total} of {REQUESTS} on the canary, worst prefix off by {furthest}/10000 of a request; {runs} runs, {adjacent} neighbours \
         ({} expected); at the most periodic distance, {period}, {pairs} pairs",
        total / 9
    );
    assert!(furthest < 10_000, "a prefix is off by {furthest}/10000 of a request");
    // The standard deviation is at most that of independent windows, sqrt(n 1/9 8/9): 26. Eight of them.
    assert!(adjacent.abs_diff(total / 9) < 8 * 26, "{adjacent} neighbours among {total}");
    assert!(pairs < total / 2, "{pairs} of {total} canary requests have another one {period} later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canary_and_baseline_are_exact_together_in_every_prefix_and_each_within_two() {
    let sequence = sequence("5", Some("2.5")).await;
    let canary = are(&sequence, &["canary"]);
    let together = furthest(&are(&sequence, &["canary", "baseline"]), 750);
    let each = [furthest(&canary, 500), furthest(&are(&sequence, &["baseline"]), 250)];
    let (period, pairs) = most_periodic(&canary);
    let total = canary.iter().filter(|hit| **hit).count();
    println!(
        "5 % + 2.5 %: {total} of {REQUESTS} on the canary; worst prefix together {together}/10000, canary and baseline {each:?}/10000 of a \
         request; at the most periodic distance, {period}, {pairs} pairs"
    );
    assert!(together < 10_000, "{together}");
    assert!(each.iter().all(|each| *each < 20_000), "{each:?}");
    assert!(pairs < total / 2, "{pairs} of {total} canary requests have another one {period} later");
}
