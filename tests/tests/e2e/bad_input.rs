//! Manifests that break while others are in use.

use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::view::ReleaseView;
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;

fn service(name: &str) -> String {
    sample::deployment(name, 1, "shop:v1")
}

fn canary(name: &str, image: Option<&str>) -> String {
    sample::canary_with(
        name,
        &["setWeight: 20", "pause: {}", "setWeight: 50"],
        image,
        &["progressDeadline: 5s"],
        &[NO_LATENCY],
    )
}

/// Waits until something that names all of `parts` is among the problems and in the log.
async fn assert_named(weir: &Standalone, parts: &[&str]) {
    let look = || async {
        let problems = weir.controller_problems().await.map_err(|error| format!("{error:#}"))?;
        let named = |text: &str| parts.iter().all(|part| text.contains(part));
        match problems.iter().find(|problem| named(problem)) {
            Some(problem) if weir.controller.as_ref().is_some_and(|controller| named(&controller.log())) => {
                Ok(problem.clone())
            }
            Some(_) => Err("not in the log".to_owned()),
            None => Err(format!("{problems:#?}")),
        }
    };
    let problem = eventually(&format!("a problem that names {parts:?}"), look).await;
    println!("   {}", problem.lines().next().unwrap_or_default());
}

/// Number, from 1, of the line of `text` that holds `part`.
fn line_of(text: &str, part: &str) -> usize {
    1 + text.lines().position(|line| line.contains(part)).expect("a line")
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_line_and_nothing_else_suffers() {
    let images = sample::local_image("shop:v1", &["--version-name=v1"])
        + &sample::local_image("shop:v2", &["--version-name=v2"]);
    let manifests = [
        ("images.yaml", images),
        ("held.yaml", service("held") + &canary("held", None)),
        ("other.yaml", service("other") + &canary("other", None)),
        ("lost.yaml", service("lost") + &canary("lost", None)),
    ];
    let weir = Standalone::start(&manifests, &["--interval", "250ms"]).await.unwrap();
    let load = Load::users(&weir, &["held", "other", "lost"], 50.0).await.unwrap();
    weir.apply("held.yaml", &(service("held") + &canary("held", Some("shop:v2")))).unwrap();
    let paused = |view: &ReleaseView| view.phase == Phase::Paused;
    let before = weir.wait_for("test/held", "paused", paused).await;

    broken_files(&weir).await;
    unresolved_names(&weir).await;

    // The release in progress is where it was, and goes on when its file is whole again.
    let after = weir.view("test/held").await.unwrap();
    assert_eq!((after.phase, after.epoch, after.weights), (before.phase, before.epoch, before.weights));
    // Another Canary is released from start to end meanwhile.
    weir.apply("other.yaml", &(service("other") + &canary("other", Some("shop:v2")))).unwrap();
    weir.wait_for("test/other", "paused", paused).await;
    weir.controller_admin().unwrap().post("/v1/canaries/test/other/promote").await.unwrap();
    weir.wait_for("test/other", "promoted", |view| view.phase == Phase::Promoted).await;
    weir.apply("held.yaml", &(service("held") + &canary("held", Some("shop:v2")))).unwrap();
    let mended = || async {
        let problems = weir.controller_problems().await.map_err(|error| format!("{error:#}"))?;
        if problems.iter().any(|problem| problem.contains("held.yaml")) {
            Err(format!("{problems:?}"))
        } else {
            Ok(())
        }
    };
    eventually("nothing is wrong with held.yaml", mended).await;
    weir.controller_admin().unwrap().post("/v1/canaries/test/held/promote").await.unwrap();
    let view = weir.wait_for("test/held", "promoted", |view| view.phase == Phase::Promoted).await;
    let report = load.stop().await.unwrap();
    println!(
        "bad input: {}; {} of {} requests failed",
        view.message, report.results.errors, report.results.completed
    );
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
}

/// Files that cannot be read as what they should be, in the middle of a release of the Canary in them.
async fn broken_files(weir: &Standalone) {
    let sound = service("held") + &canary("held", Some("shop:v2"));
    let cases = [
        ("kind: Canary", "kind: [Canary", None),
        ("  strategy:", "  stratagy:", Some("spec.stratagy")),
        ("setWeight: 50", "setWeight: 150", Some("spec.strategy.canary.steps[2].setWeight")),
    ];
    for (from, to, field) in cases {
        let broken = sound.replace(from, to);
        weir.apply("held.yaml", &broken).unwrap();
        // What cannot be read at all is found out somewhere after it; a field has its own line.
        let place = match field {
            Some(_) => format!("held.yaml:{}:", line_of(&broken, to)),
            None => "held.yaml:".to_owned(),
        };
        assert_named(weir, &[&place, field.unwrap_or_default()]).await;
        let view = weir.view("test/held").await.unwrap();
        assert_eq!(view.phase, Phase::Paused, "{}", view.message);
    }
}

/// Canaries that name what is not there.
async fn unresolved_names(weir: &Standalone) {
    weir.apply("missing-service.yaml", &canary("no-service", Some("shop:v2"))).unwrap();
    assert_named(weir, &["test/no-service", "spec.service", "there is no Service test/no-service"]).await;
    let view = weir.view("test/no-service").await.unwrap();
    assert!(view.problems.iter().any(|problem| problem.contains("spec.service")), "{:?}", view.problems);

    let no_deployment =
        sample::service("no-deployment", &[], &[]) + &canary("no-deployment", Some("shop:v2"));
    weir.apply("missing-deployment.yaml", &no_deployment).unwrap();
    assert_named(
        weir,
        &["test/no-deployment", "spec.targetRef.name", "there is no Deployment test/no-deployment"],
    )
    .await;

    let second = canary("second", Some("shop:v2")).replace("service: second", "service: held");
    weir.apply("second.yaml", &(service("second") + &second)).unwrap();
    assert_named(weir, &["test/second", "spec.service", "split by Canary test/held already"]).await;

    weir.apply("lost.yaml", &(service("lost") + &canary("lost", Some("shop:v3")))).unwrap();
    let view = weir.wait_for("test/lost", "aborted", |view| view.phase == Phase::Aborted).await;
    let release = view.release.unwrap();
    println!("   {}", release.reason);
    assert_eq!(release.outcome, Some(ReleaseOutcome::Aborted));
    assert!(
        release.reason.contains("shop:v3") && release.reason.contains("LocalImage"),
        "{}",
        release.reason
    );
}
