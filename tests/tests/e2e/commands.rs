//! What people ask for: promote, abort, a pause that waits, and what happens where there are too few data.

use weir_api::Share;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::view::ReleaseView;
use weir_tests::load::Load;
use weir_tests::sample;
use weir_tests::standalone::Standalone;

fn services(names: &[&str], canary_args: &[&str]) -> String {
    let of = |name: &&str| {
        sample::deployment(name, 1, &format!("{name}:v1"))
            + &sample::local_image(&format!("{name}:v1"), &["--version-name=v1"])
            + &sample::local_image(&format!("{name}:v2"), canary_args)
    };
    names.iter().map(of).collect()
}

#[tokio::test]
async fn a_pause_waits_for_promote_and_an_abort_takes_the_weight_away_before_anything_else() {
    // The canary is slow, so that requests are in flight on it when the abort comes.
    let services = services(&["shop"], &["--version-name=v2", "--latency=1500ms"]);
    let canary = sample::canary(
        "shop",
        &["setWeight: 10", "pause: {}", "setWeight: 20", "pause: {}"],
        Some("shop:v2"),
    );
    let no_baseline = canary.replace("      steps:", "      baseline: false\n      steps:");
    let manifests = [("services.yaml", services), ("canary.yaml", no_baseline)];
    let weir = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
    weir.serves("shop").await;
    let story = weir.story("shop");
    let load = Load::start(weir.listen().unwrap(), &["/shop/".to_owned()], 40.0).unwrap();
    let admin = weir.controller_admin().unwrap();

    let paused = weir.wait_for("test/shop", "paused", |view| view.phase == Phase::Paused).await;
    let later =
        weir.wait_for("test/shop", "20 looks later", |view| view.at.since(paused.at).as_secs() >= 4).await;
    assert_eq!((later.phase, later.epoch, later.step.clone()), (Phase::Paused, paused.epoch, paused.step));
    admin.post("/v1/canaries/test/shop/promote").await.unwrap();
    let second = |view: &ReleaseView| view.phase == Phase::Paused && view.epoch == paused.epoch + 1;
    weir.wait_for("test/shop", "paused at the next weight", second).await;
    load.completes(load.totals().completed + 80).await;

    let before = load.totals();
    admin.post("/v1/canaries/test/shop/abort").await.unwrap();
    // The answer comes after the look that stored it.
    let now = weir.report().await.unwrap();
    let canaries_then = weir.pods().into_iter().filter(|pod| pod.track == "canary" && !pod.leaves).count();
    let phase_then = story.last().map(|told| (told.phase, told.canary));
    let view = weir.wait_for("test/shop", "aborted", |view| view.phase == Phase::Aborted).await;
    let report = load.stop().await.unwrap();
    let in_flight: u64 = now
        .series
        .iter()
        .filter(|series| series.key.track == "canary")
        .map(|series| series.counts.in_flight)
        .sum();
    println!(
        "abort: {in_flight} requests in flight on the canary and {canaries_then} pods serving it when the weight was 0 ({phase_then:?}); then {}; \
         {} of {} requests failed",
        view.message, report.results.errors, report.results.completed
    );
    assert!(before.completed > 0);
    assert_eq!(phase_then, Some((Phase::Draining, Share::ZERO)));
    assert_eq!(canaries_then, 1, "the pods go after the weight");
    assert_eq!(view.release.unwrap().outcome, Some(ReleaseOutcome::Aborted));
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
    let phases: Vec<Phase> = story.told().iter().map(|told| told.phase).collect();
    assert!(phases.ends_with(&[Phase::Paused, Phase::Draining, Phase::Aborted]), "{phases:?}");
}

#[tokio::test]
async fn a_canary_without_any_traffic_never_passes_silently() {
    let names = ["asks", "promotes", "aborts", "by-default"];
    let analysis = ["onInsufficient: ask", "onInsufficient: promote", "onInsufficient: abort", ""];
    let canaries: String = names
        .iter()
        .zip(analysis)
        .map(|(name, policy)| {
            let analysis = format!("analysis: {{maxDuration: 2s, {policy}}}").replace(", }", "}");
            sample::canary(name, &["setWeight: 10", &analysis], Some(&format!("{name}:v2")))
        })
        .collect();
    let manifests =
        [("services.yaml", services(&names, &["--version-name=v2"])), ("canaries.yaml", canaries)];
    let weir = Standalone::start(&manifests, &["--interval", "200ms"]).await.unwrap();
    let settled = |view: &ReleaseView| matches!(view.phase, Phase::Paused | Phase::Promoted | Phase::Aborted);
    for (name, phase) in names.iter().zip([Phase::Paused, Phase::Promoted, Phase::Aborted, Phase::Paused]) {
        let view = weir.wait_for(&format!("test/{name}"), "settled", settled).await;
        println!("   {name}: {:?}: {}", view.phase, view.message);
        assert_eq!(view.phase, phase, "{}", view.message);
        let told = view.events.iter().map(|event| event.text.as_str()).collect::<Vec<_>>().join("; ");
        assert!(told.contains("no verdict within 2s") && told.contains("no request"), "{told}");
        let unproven = view.events.iter().any(|event| event.kind == "Unproven");
        assert_eq!(unproven, phase == Phase::Promoted, "{told}");
    }
    let report = weir.view("test/promotes").await.unwrap().report.expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["unproven"], true);
}
