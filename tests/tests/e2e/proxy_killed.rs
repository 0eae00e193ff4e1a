//! A proxy that is killed in the middle of a release, with everything that it had counted and not yet told.

use weir_api::status::{Acknowledged, Phase, ReleaseOutcome};
use weir_api::{Share, Track};
use weir_tests::load::Load;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;

const RATE: f64 = 200.0;
const STEPS: [&str; 4] = ["setWeight: 20", "pause: {}", "setWeight: 50", "analysis: {maxDuration: 90s}"];

fn services() -> String {
    sample::deployment("shop", 2, "shop:v1")
        + &sample::local_image("shop:v1", &["--version-name=v1"])
        + &sample::local_image("shop:v2", &["--version-name=v2"])
}

fn canary(image: Option<&str>) -> String {
    sample::canary_with("shop", &STEPS, image, &[], &[NO_LATENCY])
}

#[tokio::test]
async fn a_release_waits_for_a_proxy_that_was_killed_and_counts_nothing_twice() {
    let manifests = [("services.yaml", services()), ("canary.yaml", canary(None))];
    let mut weir = Standalone::start(&manifests, &[]).await.unwrap();
    let load = Load::users(&weir, &["shop"], RATE).await.unwrap();
    load.completes(200).await;
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    weir.wait_for("test/shop", "paused", |view| view.phase == Phase::Paused).await;

    // Killed in the middle of a pause, with requests in flight; then the next weight is asked for while it is away.
    weir.proxy.kill().unwrap();
    weir.controller_admin().unwrap().post("/v1/canaries/test/shop/promote").await.unwrap();
    let silent = |view: &weir_controller::view::ReleaseView| {
        view.step.as_ref().is_some_and(|step| step.number == 3)
            && view.acknowledged == Acknowledged { proxies: 0, of: 1 }
    };
    let view = weir.wait_for("test/shop", "the third step, not acknowledged", silent).await;
    assert_eq!(view.weights.canary, "50".parse::<Share>().unwrap());
    let problems = weir.controller_problems().await.unwrap();
    let address = weir.admin_address().unwrap().to_string();
    assert!(problems.iter().any(|problem| problem.contains(&address)), "{problems:?}");
    let later =
        weir.wait_for("test/shop", "three seconds later", |now| now.at.since(view.at).as_secs() >= 3).await;
    assert!(silent(&later), "a weight was left that no proxy serves: {later:?}");

    weir.restart_proxy().await.unwrap();
    let acknowledged =
        |view: &weir_controller::view::ReleaseView| view.step.as_ref().is_some_and(|step| step.number == 4);
    weir.wait_for("test/shop", "the last step", acknowledged).await;
    // Once more under the analysis, whose counts decide.
    weir.wait_for("test/shop", "requests under the last weight", |view| {
        requests(view) > requests(&later) + 20
    })
    .await;
    weir.proxy.kill().unwrap();
    weir.restart_proxy().await.unwrap();
    let done =
        |view: &weir_controller::view::ReleaseView| matches!(view.phase, Phase::Promoted | Phase::Aborted);
    let view = weir.wait_for("test/shop", "ended", done).await;
    let report = load.stop().await.unwrap();
    let series = weir.report().await.unwrap().series;
    let last: u64 = series
        .iter()
        .filter(|series| series.key.track == "canary")
        .map(|series| series.counts.outcomes.total())
        .sum();

    let release = view.release.clone().unwrap();
    let canary = view.tracks.iter().find(|track| track.track == Track::Canary).unwrap();
    let answered = report.groups.get("v2").map_or(0, |group| group.completed);
    println!(
        "proxy killed twice: {:?} ({}); evidence of {} canary requests with {} errors, users got {answered} answers of v2, stable's after the \
         promotion included; {:?}",
        release.outcome, release.reason, canary.requests, canary.errors, report.results.outcomes
    );
    assert_eq!(release.outcome, Some(ReleaseOutcome::Promoted), "{}", release.reason);
    assert_eq!(canary.errors, 0, "a proxy's death is no fault of the canary");
    assert!(canary.requests <= answered, "counted twice: {} of {answered}", canary.requests);
    // What the last process counted, which nothing interrupted, is in it whole.
    assert!(canary.requests >= last, "lost: {} where the last process alone counted {last}", canary.requests);
}

fn requests(view: &weir_controller::view::ReleaseView) -> u64 {
    view.tracks.iter().find(|track| track.track == Track::Canary).map_or(0, |track| track.requests)
}
