//! Metrics of other programs beside requests: what is asked for, and what an answer does.

use weir_api::Timestamp;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::reconcile::Looked;
use weir_controller::scores::{Answer, Ask, Judged, ScoreVerdict};

use crate::world::{APP, CANARY, World, catalog, key};

const CONFIG: &str = r#"
apiVersion: weir.dev/v1alpha1
kind: CanaryConfig
metadata: {name: usual, namespace: shop}
spec:
  metrics: [{name: orders, groups: [business], query: {type: prometheus, customInlineTemplate: "PromQL: orders"}}]
  classifier: {groupWeights: {business: 100}, scoreThresholds: {pass: 90, marginal: 60}}
"#;

fn judged_by(config: &str) -> World {
    let analysis =
        "{metrics: {canaryConfig: usual, interval: 20s, step: 5s, scope: {parameters: {shop: north}}}}";
    let canary = format!("{CANARY}  release: {{image: \"api:v2\"}}\n  analysis: {analysis}\n");
    World::new(catalog(&format!("{APP}---{canary}---{config}")))
}

fn phase(looked: &Looked) -> Phase {
    looked.views[&key()].phase
}

fn answer(ask: &Ask, verdict: ScoreVerdict) -> Answer {
    let at = |millis: i64| Timestamp::from_unix_micros(millis * 1000);
    let judged = Judged {
        number: ask.number,
        start: at(ask.window.start_millis),
        end: at(ask.window.end_millis),
        score: 61.0,
        verdict,
        reason: String::new(),
        metrics: Vec::new(),
    };
    Answer { canary: ask.canary.clone(), release: ask.release, number: ask.number, judged: Ok(judged) }
}

/// The first window that is asked for.
async fn asked(world: &mut World) -> Ask {
    world.until(|looked| !looked.asks.is_empty()).await.asks.remove(0)
}

#[tokio::test]
async fn a_window_is_asked_for_with_everything_that_the_release_is_called() {
    let mut world = judged_by(CONFIG);
    let ask = asked(&mut world).await;
    assert_eq!((ask.number, ask.window.end_millis - ask.window.start_millis), (1, 20_000));
    assert_eq!((ask.compared.thresholds.pass, ask.compared.thresholds.marginal), (90.0, 60.0));
    let place = &ask.compared.places["default"];
    assert_eq!(place.step_seconds, 5);
    for (side, scope, track) in
        [(&place.control, "http-baseline", "baseline"), (&place.experiment, "http-canary", "canary")]
    {
        assert_eq!((side.scope.as_deref(), side.location.as_deref()), (Some(scope), Some("shop")));
        let variables = side.extended_scope_params.as_ref().unwrap();
        for (name, value) in [("track", track), ("deployment", "api"), ("service", "http"), ("shop", "north")]
        {
            assert_eq!(variables[name], value, "{name}");
        }
    }
    assert!(world.tick().await.asks.is_empty(), "it is being asked for");
}

#[tokio::test]
async fn requests_that_pass_wait_for_metrics_that_do() {
    let mut world = judged_by(CONFIG);
    let ask = asked(&mut world).await;
    for _ in 0..60 {
        let looked = world.tick().await;
        assert_eq!(phase(&looked), Phase::Progressing, "{}", looked.views[&key()].message);
    }
    let looked = world.tick().await;
    assert!(
        looked.views[&key()].message.contains("metrics: they are judged"),
        "{}",
        looked.views[&key()].message
    );
    world.answers = vec![answer(&ask, ScoreVerdict::Pass)];
    let looked = world.until(|looked| phase(looked) == Phase::Promoted).await;
    let reason = &looked.views[&key()].verdict.as_ref().unwrap().reason;
    assert!(reason.contains("metrics: score 61 of 100 passes"), "{reason}");
    let report = world.memory.with(|contents| contents.reports["shop.release.v2"].clone());
    assert_eq!(report["metrics"][0]["verdict"], "pass");
}

#[tokio::test]
async fn metrics_that_fail_give_a_release_up_and_those_of_another_release_say_nothing() {
    let mut world = judged_by(CONFIG);
    let ask = asked(&mut world).await;
    let mut foreign = answer(&ask, ScoreVerdict::Fail);
    foreign.release = Timestamp::from_unix_micros(1);
    world.answers = vec![foreign];
    assert_eq!(phase(&world.tick().await), Phase::Progressing);
    world.answers = vec![answer(&ask, ScoreVerdict::Fail)];
    let looked = world.until(|looked| phase(looked) == Phase::Aborted).await;
    let release = looked.views[&key()].release.as_ref().unwrap();
    assert_eq!(release.outcome, Some(ReleaseOutcome::Aborted));
    assert_eq!(release.reason, "metrics: score 61 of 100 fails");
}

#[tokio::test]
async fn a_config_that_goes_in_the_middle_keeps_the_release_from_passing_and_the_guard_stays() {
    let mut world = judged_by(CONFIG);
    asked(&mut world).await;
    world.catalog.configs.clear();
    let looked = world.tick().await;
    assert_eq!(phase(&looked), Phase::Progressing);
    assert!(looked.views[&key()].message.contains("there is no CanaryConfig shop/usual"), "{looked:?}");
    world.canary_errors_percent = 30;
    let looked = world.until(|looked| phase(looked) == Phase::Aborted).await;
    assert!(looked.views[&key()].release.as_ref().unwrap().reason.contains("errors"));
}

#[tokio::test]
async fn what_cannot_be_judged_by_begins_nothing() {
    for (config, what) in [
        ("", "spec.analysis.metrics.canaryConfig: there is no CanaryConfig shop/usual: add it"),
        (
            &CONFIG.replace("groups: [business], ", ""),
            "CanaryConfig shop/usual: spec.metrics[0].groups is missing",
        ),
    ] {
        let mut world = judged_by(config);
        for _ in 0..3 {
            let looked = world.tick().await;
            assert!(looked.views[&key()].problems[0].contains(what), "{:?}", looked.views[&key()].problems);
        }
        world.catalog = judged_by(CONFIG).catalog;
        world.until(|looked| phase(looked) == Phase::Progressing).await;
    }
}
