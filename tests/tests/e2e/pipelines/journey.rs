//! The whole story on one machine: pushed, tested, judged, built, deployed, released or stopped; and users see nothing of it but the canary's share.

use serde_json::{Value, json};
use weir_tests::eventually::eventually;
use weir_tests::journey::{Journey, Push, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_push_gets_to_production_or_is_stopped_where_it_has_to_be() {
    let Some(mut journey) = Journey::begin().await.unwrap() else { return };
    let first = run(&mut journey, Push::First).await;
    assert_eq!(stage(&first, "Release to production")["outputs"]["result"], "deployed", "{first:#}");
    let image = image_of(&journey, &first);
    runs(&journey, "homolog", &image).await;
    runs(&journey, "production", &image).await;

    let users = journey.users(50.0).await.unwrap();
    users.completes(300).await;
    let sound = run(&mut journey, Push::Sound).await;
    let released = stage(&sound, "Release to production");
    assert_eq!(released["outputs"]["result"], "promoted", "{released:#}");
    let good = image_of(&journey, &sound);
    assert_ne!(good, image);
    runs(&journey, "production", &good).await;

    let slow = run(&mut journey, Push::Slow).await;
    let reason = slow["reason"].as_str().unwrap();
    assert!(
        reason.contains("Release to production")
            && reason.contains("was aborted: ")
            && reason.contains("latency"),
        "{reason}"
    );
    runs(&journey, "homolog", &image_of(&journey, &slow)).await;
    runs(&journey, "production", &good).await;

    let untested = run(&mut journey, Push::Untested).await;
    let reason = untested["reason"].as_str().unwrap();
    assert!(reason.contains("Check quality: Quality Gate") && reason.contains("coverage is "), "{reason}");
    assert_eq!(stage(&untested, "Build and publish image")["status"], "NotRun");
    runs(&journey, "production", &good).await;

    let report = users.stop().await.unwrap();
    assert_eq!(report.results.errors, 0, "no user's request fails: {report:?}");
    let share = |version: &str| report.groups.get(version).map_or(0, |group| group.completed);
    assert!(share("first") > 0 && share("sound") > 0, "{report:?}");
    let slow = share("slow");
    assert!(
        slow > 0 && slow * 5 < report.results.completed,
        "only the canary's share: {slow} of {}",
        report.results.completed
    );
}

/// Pushes, and waits for the run's end, which is the expected one.
async fn run(journey: &mut Journey, push: Push) -> Value {
    let run = journey.push(push).await.unwrap();
    let over = || {
        let view = journey.get(&run).unwrap();
        std::future::ready(if view["ended"].is_string() { Ok(view) } else { Err(view["stages"].to_string()) })
    };
    let view = eventually(&format!("{run} is over"), over).await;
    let succeeded = view["status"] == json!("Succeeded");
    assert_eq!(succeeded, push.succeeds(), "{push:?}: {view:#}");
    view
}

/// The image that a run published, as it is deployed.
fn image_of(journey: &Journey, view: &Value) -> String {
    let digest = stage(view, "Build and publish image")["outputs"]["digest"].as_str().unwrap().to_owned();
    format!("{}/team/flags-api@{digest}", journey.registry())
}

/// Waits until nothing else runs in a namespace than two pods with this image.
async fn runs(journey: &Journey, namespace: &str, image: &str) {
    let look = || {
        let pods = journey.weir.pods();
        let here = pods.iter().filter(|pod| pod.namespace == namespace && !pod.leaves);
        let images: Vec<String> = here.map(|pod| format!("{} {}", pod.track, pod.image)).collect();
        std::future::ready(if images == vec![format!("stable {image}"); 2] { Ok(()) } else { Err(images) })
    };
    eventually(&format!("{namespace} runs {image}"), look).await;
}
