//! A canary that takes requests and never answers: no histogram has any of them until its upstream timeout has passed, and the release is over before that.

use weir_api::status::ReleaseOutcome;
use weir_controller::view::ReleaseView;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

const NAME: &str = "stuck";
/// After so long the proxy would answer for the canary, and the error be seen.
const UPSTREAM_TIMEOUT: f64 = 60.0;

fn services() -> String {
    sample::deployment(NAME, 1, &format!("{NAME}:v1"))
        + &sample::local_image(
            &format!("{NAME}:v1"),
            &["--version-name=v1", "--latency=lognormal(p50=12ms,p99=48ms)", "--seed=1"],
        )
        + &sample::local_image(&format!("{NAME}:v2"), &["--version-name=v2", "--latency=600s", "--seed=2"])
}

#[tokio::test]
async fn a_canary_that_never_answers_is_given_up_before_any_of_its_requests_has_timed_out() {
    let steps = ["setWeight: 10", "pause: {}"];
    let canary = |image: Option<&str>| sample::canary(NAME, &steps, image);
    let manifests = [("services.yaml", services()), ("canary.yaml", canary(None))];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    let load = Load::users(&weir, &[NAME], 100.0).await.unwrap();
    load.completes(3_000).await;
    weir.apply("canary.yaml", &canary(Some(&format!("{NAME}:v2")))).unwrap();
    let is_over = |view: &ReleaseView| view.release.as_ref().is_some_and(|release| release.outcome.is_some());
    let release = weir.wait_for(&format!("test/{NAME}"), "the end", is_over).await.release.unwrap();
    let seconds = release.decided_at.unwrap().since(release.started_at).as_secs_f64();
    println!("   {:?} after {seconds:.1} s: {}", release.outcome, release.reason);
    assert_eq!(release.outcome, Some(ReleaseOutcome::Aborted), "{}", release.reason);
    assert!(
        seconds < UPSTREAM_TIMEOUT && release.reason.contains("latency"),
        "{seconds} s: {}",
        release.reason
    );
    drop(load);
}
