//! What one look after the other does to the ends.

use weir_api::status::{Phase, ReleaseOutcome};
use weir_api::{Share, Track};
use weir_controller::reconcile::Looked;
use weir_judge::Decision;
use weir_rollout::Command;

use crate::world::{APP, CANARY, World, catalog, key, released};

fn phase(looked: &Looked) -> Phase {
    looked.views[&key()].phase
}

fn weight(looked: &Looked) -> Share {
    looked.views[&key()].weights.canary
}

#[tokio::test]
async fn a_good_release_goes_through_every_step_and_production_runs_it() {
    let mut world = World::new(catalog(&format!("{APP}---{CANARY}")));
    for _ in 0..3 {
        world.tick().await;
    }
    assert_eq!(world.memory.take_log(), ["status Idle", "pods stable api:v1 x2"]);
    world.catalog = released("{name: second, image: \"api:v2\"}");
    let looked = world.until(|looked| phase(looked) == Phase::Promoted).await;
    let log = world.memory.take_log();
    let mut steps: Vec<&str> =
        log.iter().map(String::as_str).filter(|line| !line.starts_with("report")).collect();
    // Steps that set no weight, and figures.
    steps.dedup();
    assert_eq!(
        steps,
        [
            "status Starting",
            "held",
            "pods stable api:v1 x2, baseline api:v1 x1, canary api:v2 x1",
            "status Progressing 5 %",
            "pods stable api:v1 x2, baseline api:v1 x1, canary api:v2 x2",
            "status Progressing 60 %",
            "status Promoting 60 %",
            "pods stable api:v2 x2, baseline api:v1 x1, canary api:v2 x2",
            "status Draining 0 %",
            "pods stable api:v2 x2, baseline kept, canary kept",
            "status Promoted",
            "let go",
            "pods stable api:v2 x2",
        ],
        "each weight is stored before the pods that follow from it"
    );
    let view = &looked.views[&key()];
    assert_eq!(view.release.as_ref().unwrap().outcome, Some(ReleaseOutcome::Promoted));
    assert_eq!(view.stable_image.as_deref(), Some("api:v2"));
    assert_eq!(view.verdict.as_ref().unwrap().decision, Decision::Pass);
    let report = world.memory.with(|contents| contents.reports["shop.release.second"].clone());
    assert_eq!((&report["outcome"], &report["imageBefore"]), (&"promoted".into(), &"api:v1".into()));
    assert!(report["timeline"].as_array().unwrap().len() >= 8);
    assert!(
        !report["evidence"].as_array().unwrap().is_empty()
            && !report["thresholds"].as_array().unwrap().is_empty()
    );
}

#[tokio::test]
async fn a_failing_release_is_aborted_with_its_weight_first_and_its_report() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.canary_errors_percent = 20;
    let looked = world.until(|looked| phase(looked) == Phase::Aborted).await;
    let view = &looked.views[&key()];
    let release = view.release.as_ref().unwrap();
    assert!(release.reason.contains("errors"), "{}", release.reason);
    let canary = view.tracks.iter().find(|track| track.track == Track::Canary).unwrap();
    assert_eq!(release.users_hit, canary.errors);
    assert!(canary.requests > 0 && canary.errors * 4 <= canary.requests);
    let log = world.memory.take_log();
    let at = |line: &str| log.iter().position(|logged| logged == line).unwrap();
    assert!(at("status Draining 0 %") < at("pods stable api:v1 x2"), "{log:?}");
    world.catalog = released("{image: \"api:v2\"}");
    for _ in 0..5 {
        assert_eq!(phase(&world.tick().await), Phase::Aborted, "it is not tried again");
    }
}

#[tokio::test]
async fn a_second_look_at_the_same_world_stores_nothing() {
    let mut world = World::new(catalog(&format!("{APP}---{CANARY}")));
    world.tick().await;
    stores_nothing(&mut world).await;
    world.catalog = released("{image: \"api:v2\"}");
    world.until(|looked| looked.views[&key()].step.as_ref().is_some_and(|step| step.number == 2)).await;
    stores_nothing(&mut world).await;
    world.until(|looked| phase(looked) == Phase::Promoted).await;
    stores_nothing(&mut world).await;
}

async fn stores_nothing(world: &mut World) {
    let stored =
        |world: &World| (world.memory.status(), world.memory.with(|contents| contents.checkpoint.clone()));
    // Pods are seen after they were asked for, so the first look may still learn something.
    world.look(None).await;
    world.memory.take_log();
    let before = stored(world);
    world.look(None).await;
    assert_eq!(world.memory.take_log(), Vec::<String>::new());
    assert_eq!(stored(world), before, "not even the checkpoint");
}

#[tokio::test]
async fn a_proxy_that_does_not_answer_is_no_acknowledgement_and_no_evidence() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.proxies[1].answers = false;
    for _ in 0..30 {
        world.tick().await;
    }
    let status = world.memory.status();
    let acknowledged = status.acknowledged.unwrap();
    assert_eq!(
        (status.phase, status.step, acknowledged.proxies, acknowledged.of),
        (Phase::Progressing, Some(0), 1, 2)
    );
    let looked = world.tick().await;
    let verdict = looked.views[&key()].verdict.clone().unwrap();
    assert!(verdict.decision != Decision::Fail && verdict.e_value < 2.0, "{}", verdict.reason);
    world.proxies[1].answers = true;
    world.until(|looked| phase(looked) == Phase::Promoted).await;
}

#[tokio::test]
async fn the_guard_aborts_before_every_proxy_has_acknowledged() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.proxies[1].follows = false;
    world.canary_errors_percent = 50;
    let looked = world.until(|looked| phase(looked) == Phase::Draining).await;
    assert_eq!(world.memory.status().step, None);
    assert_eq!(weight(&looked), Share::ZERO);
}

#[tokio::test]
async fn no_weight_rises_while_the_state_cannot_be_stored() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| looked.views[&key()].step.as_ref().is_some_and(|step| step.number == 2)).await;
    world.memory.with(|contents| contents.is_full = true);
    let before = world.memory.status();
    for _ in 0..120 {
        let looked = world.tick().await;
        assert_eq!(world.memory.status(), before);
        assert_eq!(looked.views[&key()].step.as_ref().unwrap().number, 2);
    }
    let looked = world.tick().await;
    assert!(
        looked.problems.iter().any(|problem| problem.contains("the disk is full")),
        "{:?}",
        looked.problems
    );
    world.memory.with(|contents| contents.is_full = false);
    let looked = world.until(|looked| phase(looked) == Phase::Promoted).await;
    assert_eq!(looked.problems, Vec::<String>::new(), "mended");
}

#[tokio::test]
async fn an_abort_that_cannot_be_stored_takes_the_weights_away() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| weight(looked) > Share::ZERO).await;
    world.memory.with(|contents| contents.is_full = true);
    world.canary_errors_percent = 50;
    world.memory.take_log();
    for _ in 0..60 {
        world.tick().await;
    }
    assert!(world.memory.take_log().contains(&"status withdrawn".to_owned()));
    assert!(world.memory.with(|contents| contents.statuses.is_empty()), "no proxy splits any longer");
    world.memory.with(|contents| contents.is_full = false);
    let looked = world.until(|looked| phase(looked) == Phase::Aborted).await;
    assert_eq!(world.memory.status().phase, looked.views[&key()].phase, "stored once that is possible");
}

#[tokio::test]
async fn commands_do_what_they_say_in_the_look_that_takes_them() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| looked.views[&key()].step.as_ref().is_some_and(|step| step.number == 2)).await;
    let promoted = world.look(Some(Command::Promote)).await;
    assert_eq!(promoted.events[0].1.as_str(), "Unproven");
    assert_eq!(promoted.views[&key()].step.as_ref().unwrap().number, 3);
    let aborted = world.look(Some(Command::Abort)).await;
    assert_eq!((phase(&aborted), weight(&aborted)), (Phase::Draining, Share::ZERO));
    let again = world.look(Some(Command::Abort)).await;
    assert_eq!(again.events.last().unwrap().1.to_string(), "the release is aborted already");
}

#[tokio::test]
async fn another_release_in_the_middle_ends_the_first_one_and_then_begins() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| weight(looked) > Share::ZERO).await;
    world.catalog = released("{image: \"api:v3\"}");
    world.until(|looked| phase(looked) == Phase::Aborted).await;
    let looked = world.until(|looked| phase(looked) == Phase::Promoted).await;
    let view = &looked.views[&key()];
    assert_eq!(view.stable_image.as_deref(), Some("api:v3"));
    let reports: Vec<String> = world.memory.with(|contents| contents.reports.keys().cloned().collect());
    assert_eq!(reports, ["shop.release.v2", "shop.release.v3"]);
    let first = world.memory.with(|contents| contents.reports["shop.release.v2"].clone());
    assert_eq!(first["reason"], "the Canary names another release now: v3 (api:v3)");
}

#[tokio::test]
async fn what_a_canary_names_wrongly_is_said_and_stops_nothing_that_runs() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.until(|looked| weight(looked) > Share::ZERO).await;
    world.memory.take_log();
    let broken = format!("{APP}---{CANARY}").replace("service: http", "service: htpp");
    world.catalog = catalog(&broken);
    let looked = world.tick().await;
    let said =
        "Canary shop/release: spec.service: there is no Service shop/htpp: add it, or name one that is there";
    assert!(looked.problems.contains(&said.to_owned()), "{:?}", looked.problems);
    assert_eq!(world.memory.take_log(), ["pods stable kept, baseline kept, canary kept"]);
    assert!(weight(&looked) > Share::ZERO);
    world.catalog = catalog(APP);
    world.tick().await;
    assert_eq!(
        world.memory.take_log(),
        ["status withdrawn", "pods stable api:v1 x2"],
        "a Canary that is gone"
    );
}

#[tokio::test]
async fn pods_that_never_get_ready_end_the_release_with_the_reason() {
    let mut world = World::new(released("{image: \"api:v2\"}"));
    world.memory.with(|contents| contents.broken = vec![Track::Canary]);
    let text = format!("{APP}---{CANARY}").replace("canary:\n", "canary:\n      progressDeadline: 20s\n");
    world.catalog = catalog(&format!("{text}  release: {{image: \"api:v2\"}}\n"));
    let looked = world.until(|looked| phase(looked) == Phase::Aborted).await;
    let reason = &looked.views[&key()].release.as_ref().unwrap().reason;
    assert_eq!(*reason, "pods were not ready within 20s: canary has 0 of 1 pods ready (exited with code 3)");
    assert_eq!(looked.views[&key()].tracks[0].requests, 0);
}
