//! Blue/green, from the objects to what is stored: everything at once, and back at once.

use weir_api::status::{Phase, ReleaseOutcome};
use weir_api::{Share, Track};
use weir_controller::catalog::Catalog;

use crate::world::{APP, CANARY, World, catalog, key};

/// The Canary with blue/green instead of its steps.
fn blue_green(release: &str) -> Catalog {
    let (head, _) = CANARY.split_once("    canary:").unwrap();
    let strategy = "    blueGreen: {postPromotionAnalysis: {maxDuration: 1h}, scaleDownDelay: 20s}\n";
    catalog(&format!("{APP}---{head}{strategy}{release}"))
}

/// A Service that has been served for a while, when a release begins.
async fn released() -> World {
    let mut world = World::new(blue_green(""));
    for _ in 0..30 {
        world.tick().await;
    }
    world.memory.take_log();
    world.catalog = blue_green("  release: {image: \"api:v2\"}\n");
    world
}

#[tokio::test]
async fn a_good_version_gets_everything_at_once_and_then_production() {
    let mut world = released().await;
    world.until(|looked| looked.views[&key()].phase == Phase::Promoted).await;
    let log = world.memory.take_log();
    let steps: Vec<&str> =
        log.iter().map(String::as_str).filter(|line| !line.starts_with("report")).collect();
    let at = |line: &str| {
        steps.iter().position(|logged| *logged == line).unwrap_or_else(|| panic!("{line}: {steps:?}"))
    };
    let preview = at("pods stable api:v1 x2, canary api:v2 x2");
    let switch = at("status Progressing 100 %");
    let stable = at("pods stable api:v2 x2, canary api:v2 x2");
    assert!(preview < switch && switch < stable && stable < at("status Draining 0 %"), "{steps:?}");
    let history = world.memory.status().history;
    assert_eq!((history.len(), history[0].outcome), (1, ReleaseOutcome::Promoted));
    assert_eq!((history[0].from.image.as_str(), history[0].failed_requests), ("api:v1", 0));
}

#[tokio::test]
async fn a_bad_version_is_taken_back_at_once_by_what_stable_served_before() {
    let mut world = released().await;
    world.canary_errors_percent = 20;
    let looked = world.until(|looked| looked.views[&key()].phase == Phase::Aborted).await;
    let view = &looked.views[&key()];
    let release = view.release.as_ref().unwrap();
    assert!(release.reason.contains("errors"), "{}", release.reason);
    let canary = view.tracks.iter().find(|track| track.track == Track::Canary).unwrap();
    assert_eq!(release.users_hit, canary.errors);
    // Two proxies of a thousand requests a second.
    assert!(canary.requests <= 20_000, "{}", canary.requests);
    assert_eq!(view.weights.canary, Share::ZERO);
    assert_eq!(view.stable_image.as_deref(), Some("api:v1"));
    let log = world.memory.take_log();
    assert!(!log.iter().any(|line| line.starts_with("pods stable api:v2")), "{log:?}");
}
