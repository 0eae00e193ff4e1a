//! Releases that are tried on copies of requests first: what fails or is slow on them is given up before it gets a user.

use weir_api::Share;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

/// Each with what its second version does.
const SERVICES: [(&str, &str); 3] = [
    ("failing", "--error-share=20%"),
    ("slow", "--latency=lognormal(p50=30ms,p99=60ms)"),
    ("good", "--latency=lognormal(p50=4ms,p99=12ms)"),
];
/// Requests a second to each service.
const RATE: f64 = 60.0;

fn services() -> String {
    let latency = "--latency=lognormal(p50=4ms,p99=12ms)";
    let mut text = String::new();
    for (seed, (name, change)) in SERVICES.into_iter().enumerate() {
        let seed = |more: usize| format!("--seed={}", 10 * seed + more);
        text += &sample::deployment(name, 1, &format!("{name}:v1"));
        text += &sample::local_image(&format!("{name}:v1"), &["--version-name=v1", latency, &seed(1)]);
        let version = format!("--version-name={name}-v2");
        let slow = if change.starts_with("--latency=") { change } else { latency };
        let failing = if change == slow { "--error-share=0%" } else { change };
        text += &sample::local_image(&format!("{name}:v2"), &[&version, slow, failing, &seed(2)]);
    }
    text
}

fn canaries(released: bool) -> String {
    let steps = [
        "setMirrorRoute: {name: try, match: [{path: {prefix: /}}]}",
        "analysis: {maxDuration: 80s, onInsufficient: abort}",
        "setWeight: 50",
        "setMirrorRoute: {name: try}",
        "pause: {requests: 20}",
    ];
    let image = |name: &str| released.then(|| format!("{name}:v2"));
    SERVICES.iter().map(|(name, _)| sample::canary(name, &steps, image(name).as_deref())).collect()
}

#[tokio::test]
async fn a_canary_that_fails_or_is_slow_on_copies_never_gets_a_user_and_a_good_one_is_promoted() {
    let manifests = [("services.yaml", services()), ("canaries.yaml", canaries(false))];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    for (name, _) in SERVICES {
        weir.serves(name).await;
    }
    let paths = SERVICES.map(|(name, _)| format!("/{name}/"));
    let load = Load::start(weir.listen().unwrap(), &paths, RATE).unwrap();
    // Stable must have served enough to know its latencies.
    load.completes(900).await;
    weir.apply("canaries.yaml", &canaries(true)).unwrap();

    for (name, outcome, why) in [
        ("failing", ReleaseOutcome::Aborted, "error"),
        ("slow", ReleaseOutcome::Aborted, "latency"),
        ("good", ReleaseOutcome::Promoted, ""),
    ] {
        let phase = match outcome {
            ReleaseOutcome::Aborted => Phase::Aborted,
            ReleaseOutcome::Promoted => Phase::Promoted,
        };
        let key = format!("test/{name}");
        let view = weir.wait_for(&key, "the release ends", |view| view.phase == phase).await;
        let release = view.release.unwrap();
        let took = release.decided_at.unwrap().since(release.started_at).as_secs_f64();
        let [baseline, canary] = &view.copies[..] else { panic!("{name}: {:?}", view.copies) };
        println!(
            "   {name}: {outcome:?} after {took:.1} s; of {} copies {} failed, of the baseline's {} {}: {}",
            canary.requests, canary.errors, baseline.requests, baseline.errors, release.reason
        );
        assert_eq!((release.outcome, release.users_hit), (Some(outcome), 0), "{name}");
        assert!(canary.requests >= 20 && baseline.errors == 0, "{name}: {:?}", view.copies);
        let of_canary = view.tracks.iter().find(|track| track.track == weir_api::Track::Canary).unwrap();
        if outcome == ReleaseOutcome::Aborted {
            let reason = &release.reason;
            assert!(
                reason.starts_with("on copies of requests: ") && reason.contains(why),
                "{name}: {reason}"
            );
            assert_eq!(of_canary.requests, 0, "no user of {name} met its canary");
        } else {
            assert!(of_canary.requests >= 20, "{name}: {}", of_canary.requests);
        }
        assert_eq!(view.weights.canary, Share::ZERO);
    }
    let load = load.stop().await.unwrap();
    assert_eq!(load.results.errors, 0, "{:?}", load.results.outcomes);
    for (version, is_there) in [("failing-v2", false), ("slow-v2", false), ("good-v2", true)] {
        assert_eq!(load.groups.contains_key(version), is_there, "{version}: {:?}", load.groups.keys());
    }
    // Every copy has ended, and both sides got the same number.
    let report = weir.settled().await.unwrap();
    for (name, _) in SERVICES {
        let count = |group: &str| -> u64 {
            let mine = report.series.iter().filter(|series| series.key.service == format!("test/{name}"));
            let copies = mine.filter(|series| series.key.track == "shadow" && series.key.group == group);
            copies.map(|series| series.counts.outcomes.total()).sum()
        };
        assert!(count("canary") > 0 && count("canary") == count("baseline"), "{name}");
    }
}
