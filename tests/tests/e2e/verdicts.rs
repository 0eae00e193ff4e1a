//! Verdicts on latency, which need requests rather than seconds: a slow tail is given up, a sound release is promoted and nobody notices.
//!
//! The evidence is sequential: at 10 canary requests a second a doubled p99 takes about 1,000 of them. Five releases run at the same time, and
//! the test ends when the third is aborted: then the median is known, and nobody waits for the slowest.

use std::time::{Duration, Instant};

use weir_api::status::{Phase, ReleaseOutcome};
use weir_tests::eventually::DEADLINE;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

const SLOW: [&str; 5] = ["slow-0", "slow-1", "slow-2", "slow-3", "slow-4"];
const SOUND: [&str; 2] = ["sound-0", "sound-1"];
/// Requests a second to each service.
const RATE: f64 = 100.0;

/// 5 % of the requests in a heavy tail: p99 is 100 ms instead of 48 ms, the mean 18 ms instead of 14 ms.
const TAIL: &str = "--latency=95%:lognormal(p50=11.4ms,p99=40ms),5%:normal(95ms,10ms)";
const USUAL: &str = "--latency=lognormal(p50=12ms,p99=48ms)";

fn services() -> String {
    let mut text = String::new();
    for (seed, name) in SLOW.iter().chain(&SOUND).enumerate() {
        let latency = if SLOW.contains(name) { TAIL } else { USUAL };
        let seed = |more: usize| format!("--seed={}", 10 * seed + more);
        text += &sample::deployment(name, 1, &format!("{name}:v1"));
        text += &sample::local_image(&format!("{name}:v1"), &["--version-name=v1", USUAL, &seed(1)]);
        text += &sample::local_image(&format!("{name}:v2"), &["--version-name=v2", latency, &seed(2)]);
    }
    text
}

fn canaries(released: bool) -> String {
    let image = |name: &str| released.then(|| format!("{name}:v2"));
    let held = ["setWeight: 10", "pause: {}"];
    let to_the_end = [
        "setWeight: 5",
        "pause: {duration: 2s}",
        "setWeight: 25",
        "pause: {duration: 2s}",
        "setWeight: 50",
        "analysis: {maxDuration: 4m, onInsufficient: ask}",
    ];
    let slow = SLOW.iter().map(|name| sample::canary(name, &held, image(name).as_deref()));
    let sound = SOUND.iter().map(|name| sample::canary(name, &to_the_end, image(name).as_deref()));
    slow.chain(sound).collect()
}

#[tokio::test]
async fn a_doubled_p99_is_given_up_and_a_sound_release_is_promoted_and_no_request_fails() {
    let manifests = [("services.yaml", services()), ("canaries.yaml", canaries(false))];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    let names: Vec<&str> = SLOW.into_iter().chain(SOUND).collect();
    let load = Load::users(&weir, &names, RATE).await.unwrap();
    load.completes(3_000).await;
    weir.apply("canaries.yaml", &canaries(true)).unwrap();

    let end = Instant::now() + DEADLINE;
    let (mut aborted, mut promoted) = (Vec::new(), Vec::new());
    while aborted.len() < SLOW.len() / 2 + 1 || promoted.len() < SOUND.len() {
        assert!(Instant::now() < end, "aborted: {aborted:?}; promoted: {promoted:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        for name in &names {
            if aborted.iter().chain(&promoted).any(|(ended, _)| ended == name) {
                continue;
            }
            let Ok(view) = weir.view(&format!("test/{name}")).await else { continue };
            let Some(release) = view.release else { continue };
            let asks = view.phase == Phase::Paused && SOUND.contains(name);
            assert!(!asks, "{name}: {}", view.message);
            let Some(outcome) = release.outcome else { continue };
            let seconds = release.decided_at.unwrap().since(release.started_at).as_secs_f64();
            let canary = view.tracks.iter().find(|track| track.track == weir_api::Track::Canary).unwrap();
            println!(
                "   {name}: {outcome:?} after {seconds:.1} s and {} canary requests: {}",
                canary.requests, release.reason
            );
            match outcome {
                ReleaseOutcome::Aborted => {
                    assert!(SLOW.contains(name), "a sound release was given up: {}", release.reason);
                    assert!(release.reason.contains("latency"), "{}", release.reason);
                    aborted.push((*name, seconds));
                }
                ReleaseOutcome::Promoted => {
                    assert!(SOUND.contains(name), "a slow release was promoted: {}", release.reason);
                    promoted.push((*name, seconds));
                }
            }
        }
    }
    let load = load.stop().await.unwrap();
    let mut seconds: Vec<f64> = aborted.iter().map(|(_, seconds)| *seconds).collect();
    seconds.sort_by(f64::total_cmp);
    println!(
        "verdicts: p99 doubled at weight 10 % of {RATE} requests/s: aborted after a median of {:.0} s ({} releases); sound releases promoted \
         after {:?} s; {} of {} requests failed",
        seconds[SLOW.len() / 2],
        SLOW.len(),
        promoted.iter().map(|(_, seconds)| seconds.round()).collect::<Vec<_>>(),
        load.results.errors,
        load.results.completed,
    );
    assert_eq!(load.results.errors, 0, "{:?}", load.results.outcomes);
}
