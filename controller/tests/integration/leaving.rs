//! A Canary that is deleted in the middle of a release: weight 0 first, then stable as it was, and its object last.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use weir_api::status::Phase;
use weir_controller::reconcile::Looked;

use crate::world::{World, key, released};

fn phase(looked: &Looked) -> Phase {
    looked.views[&key()].phase
}

/// A release in this phase, whose Canary was deleted then.
async fn deleted_in(wanted: Phase) -> World {
    let mut world = World::new(released("{name: second, image: \"api:v2\"}"));
    world.until(|looked| phase(looked) == wanted).await;
    assert!(world.memory.take_log().contains(&"held".to_owned()));
    let canary = world.catalog.canaries.get_mut(&key()).unwrap();
    Arc::make_mut(canary).metadata.deletion_timestamp = Some(Time("2023-11-14T22:13:20Z".parse().unwrap()));
    world
}

/// What happens until the Canary is let go, without reports.
async fn log_until_let_go(world: &mut World) -> Vec<String> {
    let mut log = Vec::new();
    for _ in 0..60 {
        world.tick().await;
        log.extend(world.memory.take_log().into_iter().filter(|line| !line.starts_with("report")));
        if log.contains(&"let go".to_owned()) {
            return log;
        }
    }
    panic!("never let go: {log:#?}");
}

#[tokio::test]
async fn its_weight_goes_first_and_its_object_last() {
    for wanted in [Phase::Progressing, Phase::Promoting] {
        let mut world = deleted_in(wanted).await;
        let expected = [
            "status Draining 0 %",
            "pods stable api:v1 x2, baseline kept, canary kept",
            "status Aborted",
            "pods stable api:v1 x2",
            "let go",
        ];
        assert_eq!(log_until_let_go(&mut world).await, expected, "{wanted:?}");
        let reason = world.memory.status().release.unwrap().reason;
        assert_eq!(reason, "the Canary was deleted", "{wanted:?}");
    }
}

#[tokio::test]
async fn where_what_it_names_is_gone_it_waits_for_nothing() {
    let mut world = deleted_in(Phase::Promoting).await;
    world.catalog.services.clear();
    let log = log_until_let_go(&mut world).await;
    assert_eq!(log, ["status withdrawn", "pods stable api:v1 x2", "let go"]);
    let mut world = deleted_in(Phase::Progressing).await;
    world.catalog.services.clear();
    world.catalog.deployments.clear();
    assert_eq!(log_until_let_go(&mut world).await, ["status withdrawn", "pods ", "let go"]);
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_not_waited_for_as_long_as_otherwise() {
    let mut world = deleted_in(Phase::Progressing).await;
    world.proxies[1].answers = false;
    // The drain timeout is 30 s, the progress deadline 10 min.
    log_until_let_go(&mut world).await;
}
