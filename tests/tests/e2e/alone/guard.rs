//! How fast a canary that fails is out of service, from its first failed request on.
//!
//! What is asserted is how many of its requests failed until then: the seconds are told, and depend on what else the machine does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use weir_api::status::{Phase, ReleaseOutcome};
use weir_tests::eventually::DEADLINE;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

/// Releases at the same time, each of a service of its own.
const RELEASES: usize = 20;
/// Requests a second to each service.
const RATE: f64 = 100.0;
/// Failed requests until weight 0, in the median: the first, and in each of four seconds (5 % of the rate, a fifth of that) one more.
const FAILED: u64 = 5;

fn names() -> impl Iterator<Item = String> {
    (0..RELEASES).map(|number| format!("s{number:02}"))
}

fn services() -> Vec<(&'static str, String)> {
    let latency = "--latency=lognormal(p50=4ms,p99=12ms)";
    let mut text = sample::local_image("shop:v1", &["--version-name=v1", latency]);
    for (seed, name) in names().enumerate() {
        text += &sample::deployment(&name, 1, "shop:v1");
        // A seed of its own: twenty upstreams that fail at the same requests would be one release, seen twenty times.
        let args = ["--version-name=v2", latency, "--error-share=20%", &format!("--seed={}", 100 + seed)];
        text += &sample::local_image(&format!("{name}:v2"), &args);
    }
    vec![("services.yaml", text), ("canaries.yaml", canaries(false))]
}

fn canaries(released: bool) -> String {
    let steps = ["setWeight: 5", "pause: {}"];
    let image = |name: &str| released.then(|| format!("{name}:v2"));
    names().map(|name| sample::canary(&name, &steps, image(&name).as_deref())).collect()
}

/// When one release was seen to do what.
#[derive(Debug, Default)]
struct Seen {
    /// Last look without an error on the canary.
    sound: Option<Instant>,
    /// First look with errors on the canary, and how many.
    failed: Option<(Instant, u64)>,
    /// First look at which the proxy served weight 0 again, with the canary's requests and errors.
    zero: Option<(Instant, u64, u64)>,
}

/// Looks at the proxy's own counts until every release is at weight 0 again.
async fn watch(weir: &Standalone) -> BTreeMap<String, Seen> {
    let mut seen: BTreeMap<String, Seen> = names().map(|name| (name, Seen::default())).collect();
    let end = Instant::now() + DEADLINE;
    while seen.values().any(|seen| seen.zero.is_none()) {
        assert!(Instant::now() < end, "not every canary is at weight 0 again: {seen:?}");
        let asked = Instant::now();
        let report = weir.report().await.unwrap();
        for (name, seen) in &mut seen {
            let key = format!("test/{name}");
            let of_canary = |series: &&weir_telemetry::wire::SeriesReport| {
                series.key.service == key && series.key.track == "canary"
            };
            let canary: Vec<_> = report.series.iter().filter(of_canary).collect();
            let requests = canary.iter().map(|series| series.counts.outcomes.total()).sum();
            let errors = canary.iter().map(|series| series.counts.outcomes.errors()).sum();
            match seen.failed {
                None if errors == 0 => seen.sound = Some(asked),
                None => seen.failed = Some((asked, errors)),
                Some(_) => {}
            }
            // Epoch 1 is weight 5, epoch 2 is weight 0.
            if seen.zero.is_none() && report.epochs.get(&key).is_some_and(|epoch| *epoch >= 2) {
                seen.zero = Some((asked, requests, errors));
            }
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    seen
}

#[tokio::test]
async fn a_canary_that_fails_one_request_in_five_is_at_weight_0_after_5_of_them_in_the_median_of_20_releases()
{
    let weir = Standalone::start(&services(), &[]).await.unwrap();
    let paths: Vec<String> = names().map(|name| format!("/{name}/")).collect();
    for name in names() {
        weir.serves(&name).await;
    }
    let load = Load::start(weir.listen().unwrap(), &paths, RATE).unwrap();
    // Stable must have served enough to compare with.
    load.completes(5_000).await;

    weir.apply("canaries.yaml", &canaries(true)).unwrap();
    let seen = watch(&weir).await;
    let load = load.stop().await.unwrap();

    let (mut seconds, mut failed): (Vec<f64>, Vec<u64>) = (Vec::new(), Vec::new());
    for (name, seen) in &seen {
        // From the last look without a failure: the truth is not longer.
        let (sound, (zero, requests, errors)) = (seen.sound.unwrap(), seen.zero.unwrap());
        let after = zero.duration_since(sound).as_secs_f64();
        println!("   {name}: weight 0 after {after:.2} s, {requests} requests, {errors} of them failed");
        seconds.push(after);
        failed.push(errors);
        let view =
            weir.wait_for(&format!("test/{name}"), "aborted", |view| view.phase == Phase::Aborted).await;
        let release = view.release.unwrap();
        assert_eq!(release.outcome, Some(ReleaseOutcome::Aborted));
        assert!(release.reason.contains("error"), "{name} was aborted because of: {}", release.reason);
    }
    seconds.sort_by(f64::total_cmp);
    let (median, p90, max) = (seconds[RELEASES / 2], seconds[RELEASES * 9 / 10], seconds[RELEASES - 1]);
    println!(
        "guard: {RELEASES} releases with 20 % errors at weight 5 % of {RATE} requests/s: weight 0 after a median of {median:.2} s \
         (p90 {p90:.2} s, max {max:.2} s) from the first failure; {} of {} requests failed",
        load.results.errors, load.results.completed
    );
    failed.sort_unstable();
    assert!(failed[RELEASES / 2] <= FAILED, "failed requests: {failed:?}");
    // Only the canaries fail: nobody else's request may.
    let stable = load.groups.get("v1").map_or(0, |group| group.errors);
    assert_eq!(stable, 0, "errors of stable and baseline");
}
