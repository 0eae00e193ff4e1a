//! Pods that are killed, that end again and again, and that never become ready.

use rustix::process::Signal;
use weir_api::Share;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::view::ReleaseView;
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::program::signal;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;

/// Kills one pod of `track` and waits until it runs again; the event that explains it.
async fn kill_one(weir: &Standalone, track: &str) -> String {
    let pods = weir.pods();
    let pod =
        pods.iter().find(|pod| pod.track == track && pod.pid.is_some()).expect("a pod that runs").clone();
    signal(pod.pid.unwrap(), Signal::KILL).unwrap();
    let look = || async {
        let view = weir.view("test/shop").await.map_err(|error| format!("{error:#}"))?;
        let told =
            view.events.iter().find(|event| event.text.contains(&pod.name) && event.text.contains("SIGKILL"));
        let now = weir.pods().into_iter().find(|now| now.name == pod.name);
        match (told, now) {
            (Some(event), Some(now)) if now.restarts == pod.restarts + 1 && now.pid.is_some() => {
                Ok(event.text.clone())
            }
            (told, now) => Err(format!("event {told:?}, pod {now:?}")),
        }
    };
    eventually(&format!("the {track} pod {} is started again", pod.name), look).await
}

#[tokio::test]
async fn a_pod_that_is_killed_is_explained_and_started_again_and_no_request_fails() {
    let steps = ["setWeight: 20", "pause: {}"];
    let services = sample::deployment("shop", 2, "shop:v1")
        + &sample::local_image("shop:v1", &["--version-name=v1", "--latency=10ms"])
        + &sample::local_image("shop:v2", &["--version-name=v2", "--latency=10ms"]);
    // A canary whose only pod is killed fails every request until proxies know: what is made of that is not the question here.
    let analysis = [NO_LATENCY, "breaker: false", "dryRun: true"];
    let canary = |image| sample::canary_with("shop", &steps, image, &[], &analysis);
    let manifests = [("services.yaml", services), ("canary.yaml", canary(None))];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    let load = Load::users(&weir, &["shop"], 100.0).await.unwrap();
    load.completes(200).await;
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    weir.wait_for("test/shop", "paused", |view| view.phase == Phase::Paused).await;

    for track in ["stable", "baseline", "canary"] {
        let text = kill_one(&weir, track).await;
        let totals = load.totals();
        println!("   {track}: {text}; {} of {} requests failed so far", totals.errors, totals.completed);
    }
    let view = weir.view("test/shop").await.unwrap();
    load.completes(load.totals().completed + 200).await;
    let report = load.stop().await.unwrap();
    println!(
        "pods killed: {} of {} requests failed {:?}; then {:?}: {}",
        report.results.errors, report.results.completed, report.results.outcomes, view.phase, view.message
    );
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
}

#[tokio::test]
async fn a_canary_that_never_becomes_ready_is_given_up_with_the_reason() {
    let mut services = String::new();
    let cases = [
        // Not a flag of the program: it ends at once, again and again.
        ("crashes", "--no-such-flag", "exited with code 2"),
        ("sleeps", "--start-after=1h", "not ready"),
    ];
    for (name, argument, _) in cases {
        services += &sample::deployment(name, 1, &format!("{name}:v1"));
        services += &sample::local_image(&format!("{name}:v1"), &[]);
        services += &sample::local_image(&format!("{name}:v2"), &[argument]);
    }
    let canaries: String = cases
        .iter()
        .map(|(name, ..)| {
            let image = format!("{name}:v2");
            sample::canary_with(name, &["setWeight: 50"], Some(&image), &["progressDeadline: 6s"], &[])
        })
        .collect();
    let manifests = [("services.yaml", services), ("canaries.yaml", canaries)];
    let weir = Standalone::start(&manifests, &[]).await.unwrap();
    for (name, _, reason) in cases {
        weir.serves(name).await;
        let view =
            weir.wait_for(&format!("test/{name}"), "aborted", |view| view.phase == Phase::Aborted).await;
        assert_given_up(&view, reason);
        assert_eq!(view.epoch, 0, "no weight was ever set");
        weir.serves(name).await;
    }
    let gone = || {
        std::future::ready(match weir.pods() {
            pods if pods.iter().all(|pod| pod.track == "stable") => Ok(()),
            pods => Err(pods),
        })
    };
    eventually("the pods of the releases are gone", gone).await;
}

fn assert_given_up(view: &ReleaseView, reason: &str) {
    let release = view.release.as_ref().unwrap();
    println!("   {}: {}", view.name, release.reason);
    assert_eq!(release.outcome, Some(ReleaseOutcome::Aborted));
    assert!(release.reason.contains("canary") && release.reason.contains(reason), "{}", release.reason);
    assert_eq!(view.weights.stable, Share::FULL);
}
