//! Weights are exact through the real proxy: a million requests over several workers, counted by everybody who sees them.
//!
//! `WEIR_TEST_REQUESTS_PER_WEIGHT` sets how many requests each weight gets: 200,000 without it, which makes a million.

use std::collections::BTreeMap;

use weir_api::Share;
use weir_load::{drive, report::Report, serve::Server};
use weir_tests::counts::{Counts, TRACKS};
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{answered_by, closed, received, upstream};

/// Threads of the proxy. Each draws by itself, and so may be off by less than one request.
const WORKERS: u64 = 3;
/// Connections to each route: enough for every worker to get some.
const LANES: usize = 8;
/// Whole of a share, in basis points.
const WHOLE: u64 = 10_000;

/// A route: its name, the canary's weight, the baseline's.
type Route = (&'static str, &'static str, Option<&'static str>);

fn requests_per_weight() -> u64 {
    std::env::var("WEIR_TEST_REQUESTS_PER_WEIGHT").map_or(200_000, |text| text.parse().unwrap())
}

fn basis_points(weight: &str) -> u64 {
    weight.parse::<Share>().unwrap().basis_points().into()
}

/// How far `count` of `requests` is from its share, in 1/10,000 of a request.
fn off(count: u64, requests: u64, basis_points: u64) -> u64 {
    (count * WHOLE).abs_diff(requests * basis_points)
}

/// Counts of one route by track, after load generator, proxy and upstreams agreed on them.
fn agreed(
    name: &str,
    load: &Report,
    counts: &Counts,
    upstreams: &[Server; 3],
) -> BTreeMap<&'static str, u64> {
    let path = format!("/{name}");
    let mut agreed = BTreeMap::new();
    for (track, server) in TRACKS.into_iter().zip(upstreams) {
        let seen = (answered_by(load, track), counts.requests(track), received(server, &path));
        assert_eq!(
            (seen.0, seen.0),
            (seen.1, seen.2),
            "{name} {track}: by the load generator, by the proxy, by the upstream"
        );
        agreed.insert(track, seen.0);
    }
    agreed
}

/// Drives every route at the same time, `requests` each, and gives the counts that everybody agrees on.
async fn drive_all(routes: &[Route], requests: u64) -> Vec<BTreeMap<&'static str, u64>> {
    let upstreams = [
        upstream("stable", "0").await.unwrap(),
        upstream("baseline", "0").await.unwrap(),
        upstream("canary", "0").await.unwrap(),
    ];
    let [stable, baseline, canary] = [0, 1, 2].map(|track: usize| [upstreams[track].address()]);
    let manifests: Vec<(String, String)> = routes
        .iter()
        .map(|(name, weight, beside)| {
            let beside = beside.map(|weight| (weight, &baseline[..]));
            (format!("{name}.yaml"), split(name, &stable, (weight, &canary), beside, &[]))
        })
        .collect();
    let manifests: Vec<_> = manifests.iter().map(|(file, text)| (file.as_str(), text.clone())).collect();
    let proxy = Standalone::proxy(&manifests, &["--workers", &WORKERS.to_string()]).await.unwrap();
    let runs: Vec<_> = routes
        .iter()
        .map(|(name, _, _)| closed(proxy.listen().unwrap(), &format!("/{name}"), LANES, requests).unwrap())
        .map(|plan| tokio::spawn(drive::run(plan)))
        .collect();
    let mut loads = Vec::new();
    for run in runs {
        loads.push(run.await.unwrap().unwrap());
    }
    let report = proxy.settled().await.unwrap();
    let mut all = Vec::new();
    for ((name, _, _), load) in routes.iter().zip(&loads) {
        assert_eq!((load.results.completed, load.results.errors), (requests, 0), "{name}: {load:?}");
        let counts = Counts::of(&report, name);
        assert_eq!((counts.of_users(), counts.total().rescued), (requests, 0), "{name}");
        all.push(agreed(name, load, &counts, &upstreams));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_requests_are_split_within_one_request_a_worker() {
    let routes: [Route; 5] = [
        ("w001", "0.01", None),
        ("w1", "1", None),
        ("w5", "5", None),
        ("w33", "33.33", None),
        ("w50", "50", None),
    ];
    let requests = requests_per_weight();
    let all = drive_all(&routes, requests).await;
    for ((name, weight, _), tracks) in routes.iter().zip(&all) {
        let canary = tracks["canary"];
        println!(
            "{name}: {canary} of {requests} requests at {weight} % on the canary; exact share {}.{:04}",
            requests * basis_points(weight) / WHOLE,
            requests * basis_points(weight) % WHOLE
        );
        assert!(off(canary, requests, basis_points(weight)) < WORKERS * WHOLE, "{name}: {tracks:?}");
        assert_eq!(tracks["stable"] + canary, requests, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canary_and_baseline_together_are_within_one_request_a_worker_and_each_within_two() {
    let routes: [Route; 3] = [("b1", "1", Some("1")), ("b5", "5", Some("5")), ("b33", "33.33", Some("12.5"))];
    let requests = requests_per_weight() / 20;
    let all = drive_all(&routes, requests).await;
    for ((name, canary, baseline), tracks) in routes.iter().zip(&all) {
        let (c, b) = (basis_points(canary), basis_points(baseline.unwrap()));
        println!(
            "{name}: {tracks:?} of {requests} requests at canary {canary} %, baseline {} %",
            baseline.unwrap()
        );
        assert!(
            off(tracks["canary"] + tracks["baseline"], requests, c + b) < WORKERS * WHOLE,
            "{name}: {tracks:?}"
        );
        assert!(off(tracks["canary"], requests, c) < 2 * WORKERS * WHOLE, "{name}: {tracks:?}");
        assert!(off(tracks["baseline"], requests, b) < 2 * WORKERS * WHOLE, "{name}: {tracks:?}");
    }
}
